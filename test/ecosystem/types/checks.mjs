/** The declarations, as TypeScript finds them in each way that it looks for a package. */
import { join } from 'node:path';
import { bin, mustSucceed } from '../harness.js';

/** @typedef {import('../harness.js').Project} Project */

const kStrict = [
  '--strict',
  '--noEmit',
  '--types',
  'node',
  '--target',
  'es2023',
  '--lib',
  'es2023,dom,esnext.disposable',
];

/** @param {Project} project */
async function install({ run, tarball }) {
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', tarball];
  mustSucceed(await run('npm', args), 'npm install');
}

/** @param {string} version @param {string[]} options @param {string[]} files */
const compiles = (version, options, ...files) => ({
  name: `${version} ${options.join(' ')} ${files.join(' ')}`,
  run: async (/** @type {Project} */ { folder, run }) => {
    const compiler = join(folder, 'node_modules', version, 'bin', 'tsc');
    mustSucceed(await run(process.execPath, [compiler, ...kStrict, ...options, ...files]));
  },
});

export const checks = [
  { name: 'npm install smipc', run: install },
  ...['typescript-5', 'typescript-6'].flatMap((version) => [
    ...['node16', 'node20', 'nodenext'].map((module) =>
      compiles(version, ['--module', module], 'imported.mts', 'required.cts'),
    ),
    compiles(version, ['--module', 'preserve', '--moduleResolution', 'bundler'], 'imported.mts'),
  ]),
  {
    name: 'attw',
    run: async (/** @type {Project} */ project) => {
      // Whoever resolves as Node 10 did has no `exports`, and so no smipc/web.
      const args = [project.tarball, '--profile', 'node16', '--no-color', '--no-emoji'];
      mustSucceed(await project.run(bin(project, 'attw'), args), 'attw');
    },
  },
];
