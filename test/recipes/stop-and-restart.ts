// docs/recipes/stop-and-restart.md: every job is done, in order; twice only if a worker was killed at it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { assertNoneHeld } from '../fixtures/channels/directory.js';
import { prepareRecipe } from '../fixtures/docs/recipe.js';
import { until } from '../fixtures/timing/until.js';

const kStops = 10;
const kEndless = '1000000000';

/** Stops producers and workers, by turns. Returns the lines of the file of results, and how many jobs. */
async function stopAndRestart(t: Test, signal: NodeJS.Signals) {
  const { start, dir, folder } = prepareRecipe(t, 'stop-and-restart');
  const file = join(folder, 'results');
  const results = () =>
    existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  const startAny = {
    producer: () => start('producer.mjs', kEndless),
    worker: () => start('worker.mjs', file),
  };
  const running = { producer: startAny.producer(), worker: startAny.worker() };
  // Then both have their listeners of the signal.
  const bothAreAtWork = async () => {
    const before = results().length;
    await until(() => running.producer.stdout() !== '', 'the producer says where it begins');
    await until(() => results().length > before + 20, 'the worker does jobs');
  };

  for (let i = 1; i <= kStops; i++) {
    const role = i % 2 === 0 ? 'producer' : 'worker';
    await bothAreAtWork();
    running[role].kill(signal);
    const { stdout: _, ...outcome } = await running[role].exit;
    const expected = signal === 'SIGKILL' ? { code: null, signal } : { code: 0, signal: null };
    t.strictSame(outcome, { ...expected, stderr: '' }, role);
    running[role] = startAny[role]();
  }
  await bothAreAtWork();
  running.producer.kill(signal);
  await running.producer.exit;
  // More than are in the channel.
  const count = results().length + 2000;
  t.match(await start('producer.mjs', String(count)).exit, { code: 0, stderr: '' });
  t.match(await running.worker.exit, { code: 0, stderr: '' }, 'the end of the stream');
  t.doesNotThrow(() => assertNoneHeld(dir), 'nobody holds a channel');
  return { lines: results(), jobs: Array.from({ length: count }, (_, i) => `${i + 1}`) };
}

t.test('SIGTERM', async (t) => {
  const { lines, jobs } = await stopAndRestart(t, 'SIGTERM');
  t.strictSame(lines, jobs);
});

t.test('SIGKILL', async (t) => {
  const { lines, jobs } = await stopAndRestart(t, 'SIGKILL');
  const numbers = lines.map((line) => line.replace(' again', ''));
  t.strictSame([...new Set(numbers)], jobs, 'each in order');
  const marked = lines.filter((line) => line.endsWith(' again')).length;
  t.ok(
    lines.length - jobs.length <= marked && marked <= kStops,
    'those that came twice are marked',
  );
});
