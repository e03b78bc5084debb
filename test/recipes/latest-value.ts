// docs/recipes/latest-value.md: what is seen is whole, gets newer and newer, and in the end is the latest,
// over kills of each side.
import t from 'tap';
import { assertNoneHeld } from '../fixtures/channels/directory.js';
import { prepareRecipe } from '../fixtures/docs/recipe.js';
import type { Program } from '../fixtures/processes/program.js';
import { until } from '../fixtures/timing/until.js';

const kKills = 5;
/** A number that no camera comes to before it is killed. */
const kFar = 1_000_000_000;

const numbersIn = (text: string): number[] => text.split('\n').slice(0, -1).map(Number);
const isRising = (numbers: number[]): boolean =>
  numbers.every((number, i) => i === 0 || number > (numbers[i - 1] as number));

/** Waits until a program has printed some more numbers. */
async function someMore(program: Program): Promise<void> {
  const before = program.stdout().length;
  await until(() => numbersIn(program.stdout().slice(before)).length > 3, 'numbers are printed');
}

t.test('a camera that is faster than its viewer', async (t) => {
  const { start, dir } = prepareRecipe(t, 'latest-value');
  const camera = start('camera.mjs', '1', '300');
  await until(() => camera.stdout().split('\n').length > 20, 'some frames are dropped');
  const viewer = start('viewer.mjs');
  const { code, stdout, stderr } = await viewer.exit;
  t.strictSame({ code, stderr }, { code: 0, stderr: '' });
  const shown = numbersIn(stdout);
  t.ok(isRising(shown), 'newer and newer');
  t.equal(shown.at(-1), 300, 'in the end the last one');

  const { stdout: said, ...rest } = await camera.exit;
  t.strictSame(rest, { code: 0, signal: null, stderr: '' });
  const dropped = [...said.matchAll(/frame (\d+) is dropped/g)].map(([, number]) => Number(number));
  t.ok(dropped.length >= 19);
  t.strictSame(
    dropped.filter((number) => shown.includes(number)),
    [],
  );
  t.doesNotThrow(() => assertNoneHeld(dir), 'nobody holds a channel');
});

t.test('viewers are killed', async (t) => {
  const { start } = prepareRecipe(t, 'latest-value');
  const camera = start('camera.mjs', '1', String(kFar));
  const shown: number[] = [];
  for (let i = 0; i < kKills; i++) {
    const viewer = start('viewer.mjs');
    await someMore(viewer);
    viewer.kill('SIGKILL');
    const { stdout, stderr } = await viewer.exit;
    t.equal(stderr, '');
    shown.push(...numbersIn(stdout));
  }
  t.ok(isRising(shown), 'newer and newer, over all of them');
  t.ok(camera.isRunning());
});

t.test('cameras are killed', async (t) => {
  const { start } = prepareRecipe(t, 'latest-value');
  const viewer = start('viewer.mjs');
  for (let i = 0; i < kKills; i++) {
    const camera = start('camera.mjs', String(i * 10_000_000), String(kFar));
    await someMore(viewer);
    camera.kill('SIGKILL');
    await camera.exit;
  }
  start('camera.mjs', String(kFar), String(kFar));
  const { code, stdout, stderr } = await viewer.exit;
  t.strictSame({ code, stderr }, { code: 0, stderr: '' });
  const shown = numbersIn(stdout);
  t.ok(isRising(shown), 'newer and newer, of all of them');
  t.equal(shown.at(-1), kFar);
});

t.test('a value that rests', async (t) => {
  const { start } = prepareRecipe(t, 'latest-value');
  const machine = start('machine.mjs');
  const seen: number[] = [];
  for (let i = 0; i < kKills; i++) {
    const panel = start('panel.mjs');
    await until(() => panel.stdout() !== '', 'a value is seen');
    panel.kill('SIGKILL');
    const { stdout, stderr } = await panel.exit;
    t.equal(stderr, '');
    seen.push(...numbersIn(stdout));
  }
  const { code, stdout, stderr } = await start('panel.mjs').exit;
  t.strictSame({ code, stderr }, { code: 0, stderr: '' });
  seen.push(...numbersIn(stdout));
  t.strictSame(
    seen,
    [...seen].sort((a, b) => a - b),
    'never an older one',
  );
  t.equal(seen.at(-1), 100_000, 'in the end the latest');
  t.ok(machine.isRunning());
});
