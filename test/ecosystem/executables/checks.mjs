/** Executables of a single file, built, moved away from everything else, and run. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, copyApp, installSmipc, mustSucceed, runElsewhere } from '../harness.js';

/** @typedef {import('../harness.js').Project} Project */

const kFuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** @param {Project} project */
async function install(project) {
  copyApp(project);
  await installSmipc(project);
  const options = ['--bundle', '--platform=node', '--format=cjs', '--loader:.node=file'];
  const bundle = await project.run(bin(project, 'esbuild'), [
    'main.cjs',
    ...options,
    '--outfile=bundle.cjs',
  ]);
  mustSucceed(bundle, 'esbuild');
}

/** @param {string} name */
const nodeExecutable = (name) => ({
  name: `single executable of ${name}`,
  run: async (/** @type {Project} */ project) => {
    const { folder, run } = project;
    const node = join(folder, 'node_modules', name, 'bin', 'node');
    const config = {
      main: 'bundle.cjs',
      output: `${name}.blob`,
      disableExperimentalSEAWarning: true,
      assets: { 'smipc.node': 'node_modules/smipc/prebuilds/linux-x64-glibc.node' },
    };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(config));
    mustSucceed(await run(node, ['--experimental-sea-config', `${name}.json`]), 'configuration');
    copyFileSync(node, join(folder, `${name}-program`));
    const args = [`${name}-program`, 'NODE_SEA_BLOB', `${name}.blob`, '--sentinel-fuse', kFuse];
    mustSucceed(await run(bin(project, 'postject'), args), 'postject');
    await runElsewhere(project, `${name}-program`, 'program');
  },
});

export const checks = [
  { name: 'npm install smipc', run: install },
  ...['node-22', 'node-24', 'node-26'].map(nodeExecutable),
  {
    name: 'bun build --compile',
    run: async (/** @type {Project} */ project) => {
      const { folder, run } = project;
      const bun = join(folder, 'node_modules', 'bun', 'bin', 'bun');
      mustSucceed(await run(bun, ['build', '--compile', 'main.mjs', '--outfile', 'bun-program']));
      await runElsewhere(project, 'bun-program', 'program');
    },
  },
];
