/** Vitest, mocha, node:test and ava, each with two files at once, in each way to run them apart. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyRecipe, expectApart } from '../apart.js';
import { bin, copyApp, installSmipc, mustSucceed } from '../harness.js';

/** @typedef {import('../harness.js').Project} Project */

const kTests = [
  ...['vitest.test.js', 'mocha.spec.js', 'mocha.spec.cjs', 'node.test.js', 'ava.test.js'],
  ...['vitest-apart.test.js', 'apart.mocha.cjs', 'node-apart.test.js'],
];

/** @param {Project} project */
async function install(project) {
  const { folder } = project;
  copyApp(project, ['moves.cjs', 'apart.cjs', 'apart-reader.cjs']);
  copyRecipe(project);
  for (const name of kTests) cpSync(join(folder, name), join(folder, `again.${name}`));
  // The page's configuration, for files of other names.
  writeFileSync(
    join(folder, 'apart.config.mjs'),
    `import config from './vitest.config.mjs';
     export default { test: { ...config.test, include: ['*vitest-apart.test.js'] } };`,
  );
  await installSmipc(project);
}

/**
 * @param {string} tool 'node', or one of node_modules/.bin @param {string[]} args
 * @param {RegExp} passed what it prints if both files have passed
 */
const passes = (tool, args, passed) => ({
  name: `${tool} ${args.join(' ')}`,
  run: async (/** @type {Project} */ project) => {
    const program = tool === 'node' ? process.execPath : bin(project, tool);
    // Colours would stand between the words.
    const result = await project.run(program, args, { env: { NO_COLOR: '1' } });
    mustSucceed(result, tool);
    if (!passed.test(result.stdout)) throw new Error(result.stdout);
  },
});

/** The same, with a directory for each file. @param {Parameters<typeof passes>} run @param {number} count */
const passApart = (run, count = 2) => {
  const check = passes(...run);
  return {
    name: `${check.name}, apart`,
    run: (/** @type {Project} */ project) => expectApart(project, count, () => check.run(project)),
  };
};

const vitest = ['run', 'vitest.test.js'];
const kApartVitest = ['vitest-apart.test.js', '--config', 'apart.config.mjs'];

export const checks = [
  { name: 'npm install smipc', run: install },
  ...['forks', 'threads', 'vmForks', 'vmThreads'].map((pool) =>
    passes('vitest', [...vitest, '--pool', pool], /Tests +2 passed \(2\)/),
  ),
  passes('vitest', [...vitest, '--pool', 'threads', '--no-isolate'], /Tests +2 passed \(2\)/),
  passes('mocha', ['*.spec.js', '*.spec.cjs'], /4 passing/),
  passes('mocha', ['--parallel', '*.spec.js', '*.spec.cjs'], /4 passing/),
  passes('node', ['--test', 'node.test.js', 'again.node.test.js'], /# pass 2/),
  passes('ava', ['ava.test.js', 'again.ava.test.js'], /2 tests passed/),
  ...['forks', 'threads', 'vmForks', 'vmThreads'].map((pool) =>
    passApart(['vitest', ['run', ...kApartVitest, '--pool', pool], /Tests +2 passed \(2\)/]),
  ),
  passApart([
    'vitest',
    ['run', ...kApartVitest, '--pool', 'threads', '--no-isolate'],
    /Tests +2 passed \(2\)/,
  ]),
  passApart([
    'node',
    ['--import', './channels.mjs', '--test', 'node-apart.test.js', 'again.node-apart.test.js'],
    /# pass 2/,
  ]),
  passApart(['mocha', ['*apart.mocha.cjs'], /2 passing/], 1),
  // One for each worker; either may run both files.
  passes('mocha', ['--parallel', '--jobs', '2', '*apart.mocha.cjs'], /2 passing/),
  passes('ava', ['--no-worker-threads', 'ava.test.js', 'again.ava.test.js'], /2 tests passed/),
];
