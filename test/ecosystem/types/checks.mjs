/** The declarations, as TypeScript finds them in each way that it looks for a package. */
import { equal } from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bin, installSmipc, mustSucceed } from '../harness.js';

/** @typedef {import('../harness.js').Project} Project */

const kFixtures = resolve(import.meta.dirname, '../../fixtures/types');
/** Versions of @types/node: first that of package.json. */
const kNodeTypes = ['20.19.43', '24.19.4', '26.6.6'];

const kStrict = [
  '--strict',
  '--noEmit',
  '--declaration',
  '--types',
  'node',
  '--target',
  'es2023',
  '--lib',
  'es2023,dom,esnext.disposable',
];

const kBundler = ['--module', 'preserve', '--moduleResolution', 'bundler'];
const kModules = ['intended.mts', 'forbidden.mts'];
const kScripts = ['intended.cts', 'forbidden.cts'];

/** @param {string} nodeTypes */
const installs = (nodeTypes) => ({
  name: `npm install smipc, @types/node ${nodeTypes}`,
  run: async (/** @type {Project} */ project) => {
    await installSmipc(project, `@types/node@${nodeTypes}`);
    const manifest = join(project.folder, 'node_modules/@types/node/package.json');
    equal(JSON.parse(readFileSync(manifest, 'utf8')).version, nodeTypes);
  },
});

/**
 * The programs that the types let through and stop, as ES modules and as CommonJS.
 * @param {Project} project
 */
async function copyFixtures({ folder }) {
  for (const name of ['intended', 'forbidden']) {
    for (const ending of ['mts', 'cts']) {
      copyFileSync(join(kFixtures, `${name}.ts`), join(folder, `${name}.${ending}`));
    }
  }
}

/** @param {string} version @param {string[]} options @param {string[]} files */
const compiles = (version, options, ...files) => ({
  name: `${version} ${options.join(' ')} ${files.join(' ')}`,
  run: async (/** @type {Project} */ { folder, run }) => {
    const compiler = join(folder, 'node_modules', version, 'bin', 'tsc');
    mustSucceed(await run(process.execPath, [compiler, ...kStrict, ...options, ...files]));
  },
});

const kVersions = ['typescript-5', 'typescript-6'];

export const checks = [
  { name: 'copy test/fixtures/types', run: copyFixtures },
  ...kNodeTypes.flatMap((nodeTypes) => [
    installs(nodeTypes),
    ...kVersions.flatMap((version) => [
      compiles(version, ['--module', 'nodenext'], ...kModules, ...kScripts),
      compiles(version, kBundler, ...kModules),
    ]),
  ]),
  ...kVersions.flatMap((version) => [
    ...['node16', 'node20', 'nodenext'].map((module) =>
      compiles(version, ['--module', module], 'imported.mts', 'required.cts'),
    ),
    compiles(version, kBundler, 'imported.mts'),
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
