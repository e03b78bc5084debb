// docs/recipes/parent-and-child.md: each number once and in order, and no process and no file is left,
// whoever dies and when.
import { list, prune } from 'smipc';
import t from 'tap';
import { assertNoneHeld, channelsIn } from '../fixtures/channels/directory.js';
import { editProgram, prepareRecipe, type Recipe } from '../fixtures/docs/recipe.js';
import { until } from '../fixtures/timing/until.js';

/** More than can be printed before somebody is killed. */
const kEndless = '1000000000';

const numbersUpTo = (count: number): string =>
  Array.from({ length: count }, (_, i) => `${i + 1}\n`).join('');

const squaresUpTo = (count: number): string =>
  Array.from({ length: count }, (_, i) => `${(i + 1) ** 2}\n`).join('');

const linesIn = (text: string): number => text.split('\n').length - 1;

/** What one of the programs does first, before it is loaded. */
function inProgram(file: string, statement: string): Record<string, string> {
  const source = `if (process.argv[1].endsWith('/${file}')) { ${statement} }`;
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(source)}` };
}

const inChild = (statement: string) => inProgram('child.mjs', statement);

/** The child kills itself when such an event of its channels comes, of the end with that mode. */
const killAt = (topic: 'open' | 'close', mode: 'r' | 'w'): string => `
  const { subscribe } = await import('node:diagnostics_channel');
  subscribe('smipc:${topic}', ({ mode }) => {
    if (mode === '${mode}') process.kill(process.pid, 'SIGKILL');
  });`;

/** Starts the parent, and waits until numbers are printed. */
async function startEndless(recipe: Recipe) {
  const parent = recipe.start('parent.mjs', kEndless);
  await until(() => parent.stdout().length > 10_000, 'numbers are printed');
  const [channel] = list({ dir: recipe.dir });
  return { parent, childPid: channel?.writer.pid as number };
}

t.test('all of them', async (t) => {
  const { start, dir } = prepareRecipe(t, 'parent-and-child');
  const outcome = await start('parent.mjs', '100000').exit;
  t.strictSame(outcome, { code: 0, signal: null, stdout: numbersUpTo(100_000), stderr: '' });
  t.doesNotThrow(() => assertNoneHeld(dir), 'nobody holds a channel');
});

t.test('the child is killed before it opens the channel', async (t) => {
  const { startWith, dir } = prepareRecipe(t, 'parent-and-child');
  const env = inChild(`process.kill(process.pid, 'SIGKILL');`);
  t.strictSame(await startWith(env, 'parent.mjs').exit, {
    code: 1,
    signal: null,
    stdout: '',
    stderr: 'the child ended (SIGKILL) before it opened the channel\n',
  });
  t.doesNotThrow(() => assertNoneHeld(dir), 'nobody holds a channel');
});

t.test('the child is killed later', async (t) => {
  const recipe = prepareRecipe(t, 'parent-and-child');
  const { parent, childPid } = await startEndless(recipe);
  process.kill(childPid, 'SIGKILL');
  const { code, stdout, stderr } = await parent.exit;
  t.equal(code, 1);
  t.match(stderr, /^ECONNRESET: the writer \(process \d+\) died/);
  t.equal(stdout, numbersUpTo(linesIn(stdout)), 'what came is a beginning of what was written');
  t.doesNotThrow(() => assertNoneHeld(recipe.dir), 'nobody holds a channel');
});

t.test('the parent is killed before the child opens the channel', async (t) => {
  const { startWith, dir } = prepareRecipe(t, 'parent-and-child');
  const env = inChild(
    `const { ppid } = process; process.kill(ppid, 'SIGKILL'); while (process.ppid === ppid);`,
  );
  t.match(await startWith(env, 'parent.mjs', kEndless).exit, {
    signal: 'SIGKILL',
    stderr: /ENOENT: no such channel/,
  });
  t.equal(channelsIn(dir).length, 1, 'it is left behind');
  t.strictSame(list({ dir }), []);
  prune({ dir });
  t.strictSame(channelsIn(dir), [], 'and swept');
});

t.test('the parent is killed later', async (t) => {
  const recipe = prepareRecipe(t, 'parent-and-child');
  const { parent } = await startEndless(recipe);
  parent.kill('SIGKILL');
  // The child shares its output, which is read until the child is gone, too.
  t.match(await parent.exit, {
    signal: 'SIGKILL',
    stderr: /EPIPE: the reader \(process \d+\) died/,
  });
  t.doesNotThrow(() => assertNoneHeld(recipe.dir), 'nobody holds a channel');
});

// There and back.

t.test('all squares', async (t) => {
  for (const count of [0, 3, 100_000]) {
    const { start, dir } = prepareRecipe(t, 'parent-and-child');
    const outcome = await start('caller.mjs', String(count)).exit;
    t.strictSame(outcome, { code: 0, signal: null, stdout: squaresUpTo(count), stderr: '' });
    t.strictSame(channelsIn(dir), [], 'nothing is left');
  }
});

const killItself = `process.kill(process.pid, 'SIGKILL');`;
const waysToFail: Record<string, { env: Record<string, string>; stderr: RegExp; all?: true }> = {
  'cannot be started': {
    env: inProgram('caller.mjs', `process.execPath = '/nowhere/node';`),
    stderr: /^spawn \/nowhere\/node ENOENT\n$/,
  },
  'is killed before it opens a channel': {
    env: inProgram('filter.mjs', killItself),
    stderr: /^the child ended \(SIGKILL\)\n$/,
  },
  'ends before it opens a channel': {
    env: inProgram('filter.mjs', 'process.exit(0);'),
    stderr: /^the child ended before it opened its output\n$/,
  },
  'is killed between its channels': {
    env: inProgram('filter.mjs', killAt('open', 'r')),
    stderr: /^the child ended \(SIGKILL\)\n$/,
  },
  'is killed when it has both': {
    env: inProgram('filter.mjs', killAt('open', 'w')),
    stderr: /^ECONNRESET: the writer \(process \d+\) died/,
  },
  'is killed when it has read everything': {
    env: inProgram('filter.mjs', killAt('close', 'r')),
    stderr: /^ECONNRESET: the writer \(process \d+\) died/,
  },
  'is killed when it has ended': {
    env: inProgram('filter.mjs', killAt('close', 'w')),
    stderr: /^the child ended \(SIGKILL\)\n$/,
    all: true,
  },
  'fails when it has ended': {
    env: inProgram('filter.mjs', `process.once('exit', () => { process.exitCode = 3; });`),
    stderr: /^the child ended \(3\)\n$/,
    all: true,
  },
};

for (const [way, { env, stderr, all }] of Object.entries(waysToFail)) {
  t.test(`the filter ${way}`, async (t) => {
    // What fits in the ring at once, and what does not.
    for (const count of [3, 200_000]) {
      const { startWith, dir } = prepareRecipe(t, 'parent-and-child');
      const outcome = await startWith(env, 'caller.mjs', String(count)).exit;
      t.match(outcome, { code: 1, stderr });
      const printed = linesIn(outcome.stdout);
      t.equal(outcome.stdout, squaresUpTo(printed), 'a beginning of what it should be');
      if (all) t.equal(printed, count, 'all of it');
      t.strictSame(channelsIn(dir), [], 'nothing is left');
    }
  });
}

t.test('the filter is killed in the middle', async (t) => {
  const { start, dir } = prepareRecipe(t, 'parent-and-child');
  const caller = start('caller.mjs', kEndless);
  await until(() => caller.stdout().length > 10_000, 'squares are printed');
  process.kill(list({ dir })[0]?.reader.pid as number, 'SIGKILL');
  const { code, stdout, stderr } = await caller.exit;
  t.match({ code, stderr }, { code: 1, stderr: /^ECONNRESET: the writer \(process \d+\) died/ });
  t.equal(stdout, squaresUpTo(linesIn(stdout)), 'a beginning of what it should be');
  t.strictSame(channelsIn(dir), [], 'nothing is left');
});

t.test('the caller is killed before the filter opens a channel', async (t) => {
  const { startWith, dir } = prepareRecipe(t, 'parent-and-child');
  const env = inProgram(
    'filter.mjs',
    `const { ppid } = process; process.kill(ppid, 'SIGKILL'); while (process.ppid === ppid);`,
  );
  t.match(await startWith(env, 'caller.mjs', kEndless).exit, {
    signal: 'SIGKILL',
    stdout: '',
    stderr: /ENOENT: no such channel/,
  });
  prune({ dir });
  t.strictSame(channelsIn(dir), [], 'what is left behind is swept');
});

t.test('the caller is killed in the middle', async (t) => {
  const { start, dir } = prepareRecipe(t, 'parent-and-child');
  const caller = start('caller.mjs', kEndless);
  await until(() => caller.stdout().length > 10_000, 'squares are printed');
  caller.kill('SIGKILL');
  // The child shares its output, which is read until the child is gone, too.
  t.match(await caller.exit, { signal: 'SIGKILL', stderr: /EPIPE|ECONNRESET/ });
  t.doesNotThrow(() => assertNoneHeld(dir), 'nobody holds a channel');
});

t.test('a value that cannot be sent to the filter', async (t) => {
  const recipe = prepareRecipe(t, 'parent-and-child');
  editProgram(recipe, 'caller.mjs', 'yield number;', 'yield number === 3 ? () => {} : number;');
  const { code, stdout, stderr } = await recipe.start('caller.mjs', '5').exit;
  // The child shares its output, and tells of what it hears.
  t.match({ code, stderr }, { code: 1, stderr: /^A function could not be cloned/m });
  t.equal(stdout, squaresUpTo(linesIn(stdout)), 'a beginning of what it should be');
  t.strictSame(channelsIn(recipe.dir), [], 'nothing is left');
});
