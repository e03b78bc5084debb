/**
 * Bundles that bring smipc and its addon: built, moved to a folder without node_modules, and run. The
 * configurations are those of docs/bundling-and-testing.md.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { bin, copyApp, installSmipc, mustSucceed, runElsewhere } from '../harness.js';

/** @typedef {import('../harness.js').Project} Project */

/**
 * @param {Project} project @param {string} tool @param {readonly string[]} args
 * @returns {ReturnType<Project['run']>}
 */
function build(project, tool, args) {
  rmSync(join(project.folder, 'out'), { recursive: true, force: true });
  return project.run(bin(project, tool), args);
}

/** @param {string} tool @param {readonly string[]} args @param {string} file of what is built */
const works = (tool, args, file) => ({
  name: `${tool} ${args.join(' ')}`,
  run: async (/** @type {Project} */ project) => {
    mustSucceed(await build(project, tool, args), 'build');
    await runElsewhere(project, 'out', file, process.execPath);
  },
});

/** @param {string} tool @param {readonly string[]} args that bring no addon */
const isToldAtOnce = (tool, args) => ({
  name: `${tool} ${args.join(' ')}: the build fails, and names the file`,
  run: async (/** @type {Project} */ project) => {
    const { code, stdout, stderr } = await build(project, tool, args);
    if (code === 0) throw new Error('it was built');
    if (!/smipc\/prebuilds\/[\w-]+\.node/.test(stdout + stderr)) throw new Error(stdout + stderr);
  },
});

const esbuild = ['--bundle', '--platform=node'];
const file = '--loader:.node=file';
const copy = '--loader:.node=copy';

export const checks = [
  {
    name: 'npm install smipc',
    run: async (/** @type {Project} */ project) => {
      copyApp(project);
      await installSmipc(project);
    },
  },
  works(
    'esbuild',
    ['main.mjs', ...esbuild, '--format=esm', file, '--outfile=out/main.mjs'],
    'main.mjs',
  ),
  works(
    'esbuild',
    ['main.mjs', ...esbuild, '--format=cjs', file, '--outfile=out/main.cjs'],
    'main.cjs',
  ),
  works(
    'esbuild',
    ['main.cjs', ...esbuild, '--format=cjs', file, '--outfile=out/main.cjs'],
    'main.cjs',
  ),
  works(
    'esbuild',
    ['main.cjs', ...esbuild, '--format=cjs', copy, '--outfile=out/main.cjs'],
    'main.cjs',
  ),
  isToldAtOnce('esbuild', ['main.mjs', ...esbuild, '--format=esm', '--outfile=out/main.mjs']),
  works('webpack', ['--config', 'webpack.config.mjs'], 'main.mjs'),
  works('webpack', ['--config', 'webpack.commonjs.config.mjs'], 'main.cjs'),
  works('rollup', ['--config'], 'main.mjs'),
  isToldAtOnce('rollup', ['main.mjs', '-p', 'node-resolve', '-p', 'commonjs', '-d', 'out']),
  works('vite', ['build'], 'main.mjs'),
  {
    name: "vite's development server",
    run: async (/** @type {Project} */ { folder, run }) => {
      mustSucceed(await run(process.execPath, ['serve.mjs'], { cwd: folder }), 'serve.mjs');
    },
  },
  isToldAtOnce('vite', ['build', '--ssr', 'main.mjs', '--config', 'vite.without.config.mjs']),
  works('rolldown', ['--config', 'rolldown.config.mjs'], 'main.mjs'),
  isToldAtOnce('rolldown', ['main.mjs', '--platform', 'node', '-d', 'out']),
  works('ncc', ['build', 'main.mjs', '-o', 'out'], 'index.mjs'),
  works('ncc', ['build', 'main.cjs', '-o', 'out'], 'index.cjs'),
  {
    name: 'bun build',
    run: async (/** @type {Project} */ project) => {
      const bun = join(project.folder, 'node_modules', 'bun', 'bin', 'bun');
      const options = ['--target', 'node', '--outdir', 'out', '--entry-naming', '[name].mjs'];
      rmSync(join(project.folder, 'out'), { recursive: true, force: true });
      mustSucceed(await project.run(bun, ['build', 'main.mjs', ...options]), 'build');
      await runElsewhere(project, 'out', 'main.mjs', process.execPath);
    },
  },
];
