/** The checks of both versions of Jest. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, copyApp, installSmipc, mustSucceed } from './harness.js';

/** @typedef {import('./harness.js').Project} Project */
/** @typedef {import('./harness.js').Check} Check */

const kTests = ['jest.required.test.cjs', 'jest.imported.test.mjs'];

/** @returns {Check[]} */
export function jestChecks() {
  return [
    { name: 'npm install smipc', run: install },
    ...['node', 'jsdom'].flatMap((environment) => [
      {
        name: `require, ${environment}`,
        run: (/** @type {Project} */ project) => runTests(project, environment, 'required.test'),
      },
      {
        name: `import, ${environment}`,
        run: (/** @type {Project} */ project) =>
          runTests(project, environment, 'imported.test', '--experimental-vm-modules'),
      },
    ]),
  ];
}

/** @param {Project} project */
async function install(project) {
  const { folder } = project;
  copyApp(project, ['moves.cjs', ...kTests]);
  await installSmipc(project);
  // Two files at once.
  for (const name of kTests) cpSync(join(folder, name), join(folder, `again.${name}`));
  writeFileSync(
    join(folder, 'jest.config.cjs'),
    "module.exports = { testMatch: ['**/*.test.*'] };\n",
  );
}

/** @param {Project} project @param {string} environment @param {string} file @param {string[]} options */
async function runTests(project, environment, file, ...options) {
  const args = [`--env=${environment}`, '--maxWorkers=2', file];
  const jest = join(project.folder, 'node_modules', 'jest', 'bin', 'jest.js');
  const result = await project.run(process.execPath, [...options, jest, ...args]);
  mustSucceed(result, bin(project, 'jest'));
  if (!result.stderr.includes('2 passed, 2 total')) throw new Error(result.stderr);
}
