// docs/recipes/parent-and-child.md: each number once and in order, and no process and no file is left,
// whoever dies and when.
import { list, prune } from 'smipc';
import t from 'tap';
import { assertNoneHeld, channelsIn } from '../fixtures/channels/directory.js';
import { prepareRecipe, type Recipe } from '../fixtures/docs/recipe.js';
import { until } from '../fixtures/timing/until.js';

/** More than can be printed before somebody is killed. */
const kEndless = '1000000000';

const numbersUpTo = (count: number): string =>
  Array.from({ length: count }, (_, i) => `${i + 1}\n`).join('');

/** What `child.mjs` does first, before it is loaded. */
function inChild(statement: string): Record<string, string> {
  const source = `if (process.argv[1].endsWith('child.mjs')) { ${statement} }`;
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(source)}` };
}

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
  t.match(stderr, /^ECONNRESET: the writer died/);
  const count = stdout.split('\n').length - 1;
  t.equal(stdout, numbersUpTo(count), 'what came is a beginning of what was written');
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
  t.match(await parent.exit, { signal: 'SIGKILL', stderr: /EPIPE: the reader died/ });
  t.doesNotThrow(() => assertNoneHeld(recipe.dir), 'nobody holds a channel');
});
