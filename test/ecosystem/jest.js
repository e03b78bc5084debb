/** The checks of both versions of Jest. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyRecipe, expectApart } from './apart.js';
import { bin, copyApp, installSmipc, mustSucceed } from './harness.js';

/** @typedef {import('./harness.js').Project} Project */
/** @typedef {import('./harness.js').Check} Check */

const kTests = ['jest.required.test.cjs', 'jest.imported.test.mjs', 'apart.jest.cjs'];

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
    ...['--maxWorkers=2', '--runInBand'].map((option) => ({
      name: `a directory for each file, ${option}`,
      run: (/** @type {Project} */ project) =>
        expectApart(project, 2, () => runJest(project, ['--config=apart.config.cjs', option])),
    })),
  ];
}

/** @param {Project} project */
async function install(project) {
  const { folder } = project;
  copyApp(project, ['moves.cjs', 'apart.cjs', 'apart-reader.cjs', ...kTests]);
  copyRecipe(project);
  await installSmipc(project);
  // Two files at once.
  for (const name of kTests) cpSync(join(folder, name), join(folder, `again.${name}`));
  // The page has a jest.config.cjs.
  writeFileSync(
    join(folder, 'plain.config.cjs'),
    "module.exports = { testMatch: ['**/*.test.*'] };\n",
  );
  writeFileSync(
    join(folder, 'apart.config.cjs'),
    "module.exports = { ...require('./jest.config.cjs'), testMatch: ['**/*apart.jest.cjs'] };\n",
  );
}

/** @param {Project} project @param {string} environment @param {string} file @param {string[]} options */
async function runTests(project, environment, file, ...options) {
  const args = ['--config=plain.config.cjs', `--env=${environment}`, '--maxWorkers=2', file];
  await runJest(project, args, options);
}

/** @param {Project} project @param {string[]} args @param {string[]} options of Node */
async function runJest(project, args, options = []) {
  const jest = join(project.folder, 'node_modules', 'jest', 'bin', 'jest.js');
  const result = await project.run(process.execPath, [...options, jest, ...args]);
  mustSucceed(result, bin(project, 'jest'));
  if (!result.stderr.includes('2 passed, 2 total')) throw new Error(result.stderr);
}
