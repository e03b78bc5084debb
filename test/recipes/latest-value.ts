// docs/recipes/latest-value.md: what is seen after a pause is the newest, for several viewers at once;
// it is whole, gets newer and newer over kills of each side, and nothing is left.
import { list } from 'smipc';
import t from 'tap';
import { channelsIn } from '../fixtures/channels/directory.js';
import { prepareRecipe, type Recipe } from '../fixtures/docs/recipe.js';
import type { Program } from '../fixtures/processes/program.js';
import { stateOf } from '../fixtures/processes/state.js';
import { until } from '../fixtures/timing/until.js';

const kKills = 5;
const kPauses = 5;
/** How far the maker gets during a pause: more than a ring of a few frames could hide. */
const kManyMore = 50;
/** A number that no machine comes to. */
const kFar = 1_000_000_000;

const numbersIn = ({ stdout }: Program): number[] => stdout().split('\n').slice(0, -1).map(Number);
const lastOf = (program: Program): number => numbersIn(program).at(-1) ?? -1;
const isRising = (numbers: number[]): boolean =>
  numbers.every((number, i) => i === 0 || number > (numbers[i - 1] as number));

/** Waits until a program has printed some more numbers. */
async function someMore(program: Program): Promise<void> {
  const before = numbersIn(program).length;
  await until(() => numbersIn(program).length > before + 3, 'numbers are printed');
}

/** Such a program stops itself (SIGSTOP) after each number that it prints. */
function startWithPauses({ startWith }: Recipe, file: string): Program {
  const source = `const { log } = console;
    console.log = (text) => { log(text); process.kill(process.pid, 'SIGSTOP'); };`;
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(source)}` };
  return startWith(env, file);
}

for (const [maker, viewer] of [
  ['camera.mjs', 'viewer.mjs'],
  ['machine.mjs', 'panel.mjs'],
] as const) {
  t.test(`what ${viewer} shows after a pause`, async (t) => {
    const recipe = prepareRecipe(t, 'latest-value');
    recipe.start(maker, ...(maker === 'machine.mjs' ? [String(kFar)] : []));
    const free = recipe.start(viewer);
    const paused = [startWithPauses(recipe, viewer), startWithPauses(recipe, viewer)];
    for (let i = 1; i <= kPauses; i++) {
      // One that has printed is still to stop: a SIGCONT before that would be in vain.
      const hasStopped = (one: Program) => numbersIn(one).length === i && stateOf(one.pid) === 'T';
      await until(() => paused.every(hasStopped), 'both have stopped');
      const newest = Math.max(...paused.map(lastOf));
      await until(() => lastOf(free) > newest + kManyMore, 'the third one sees many more');
      for (const one of paused) {
        const reached = lastOf(free);
        one.kill('SIGCONT');
        await until(() => numbersIn(one).length === i + 1, 'it goes on');
        t.ok(lastOf(one) >= reached, `${lastOf(one)}, after another one has shown ${reached}`);
      }
    }
    t.ok(isRising(numbersIn(free)), 'newer and newer');
  });

  t.test(`${viewer} is killed, and ${maker}`, async (t) => {
    const { start, dir } = prepareRecipe(t, 'latest-value');
    const startMaker = (i: number) =>
      start(maker, maker === 'camera.mjs' ? String(i * 10_000_000) : String(kFar));
    let running = startMaker(0);
    const lasting = start(viewer);
    for (let i = 1; i <= kKills; i++) {
      const killed = start(viewer);
      await someMore(killed);
      killed.kill('SIGKILL');
      await killed.exit;
      await until(() => channelsIn(dir).length === 1, 'its channel is gone');
      await someMore(lasting);
      running.kill('SIGKILL');
      await running.exit;
      running = startMaker(i);
      await someMore(lasting);
    }
    // A machine begins with 0 each time.
    if (maker === 'camera.mjs') t.ok(isRising(numbersIn(lasting)), 'newer and newer, over all');
    lasting.kill('SIGKILL');
    t.match(await lasting.exit, { stderr: '' });
    await until(() => channelsIn(dir).length === 0, 'nothing is left');
    running.kill('SIGKILL');
    t.match(await running.exit, { stdout: '', stderr: '' });
  });
}

t.test('viewers that come first, and one that is killed before there is a camera', async (t) => {
  const { start, dir } = prepareRecipe(t, 'latest-value');
  const viewers = [start('viewer.mjs', '5'), start('viewer.mjs', '5')];
  const killed = start('viewer.mjs');
  await until(() => list({ dir }).length === 3, 'all wait');
  killed.kill('SIGKILL');
  await killed.exit;
  const camera = start('camera.mjs');
  for (const viewer of viewers) {
    t.match(await viewer.exit, { code: 0, stderr: '' });
    t.equal(numbersIn(viewer).length, 5);
    t.ok(isRising(numbersIn(viewer)));
  }
  await until(() => channelsIn(dir).length === 0, 'nothing is left');
  t.ok(camera.isRunning());
});

t.test('a value that rests', async (t) => {
  const { start, dir } = prepareRecipe(t, 'latest-value');
  const machine = start('machine.mjs');
  const first = start('panel.mjs', '100000');
  t.match(await first.exit, { code: 0, stderr: '' });
  t.ok(isRising(numbersIn(first)), 'newer and newer');
  for (let i = 0; i < kKills; i++) {
    const killed = start('panel.mjs');
    await until(() => killed.stdout() !== '', 'a value is seen');
    killed.kill('SIGKILL');
    t.match(await killed.exit, { stdout: '100000\n', stderr: '' });
  }
  const outcome = { code: 0, signal: null, stdout: '100000\n', stderr: '' };
  t.strictSame(await start('panel.mjs', '100000').exit, outcome);
  await until(() => channelsIn(dir).length === 0, 'nothing is left');
  t.ok(machine.isRunning());
});
