// docs/recipes/stop-and-restart.md: every job is done, in order; twice only if a worker was killed at it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'smipc';
import t, { type Test } from 'tap';
import { assertNoneHeld } from '../fixtures/channels/directory.js';
import { prepareRecipe } from '../fixtures/docs/recipe.js';
import type { Program } from '../fixtures/processes/program.js';
import { until } from '../fixtures/timing/until.js';

const kStops = 10;
const kEndless = '1000000000';

function prepare(t: Test) {
  const { start, dir, folder } = prepareRecipe(t, 'stop-and-restart');
  const file = join(folder, 'results');
  return {
    startProducer: (count = kEndless) => start('producer.mjs', count),
    startWorker: () => start('worker.mjs', file),
    status: () => inspect('jobs', { dir }),
    results: () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []),

    /** A producer makes some more, all are done, and the worker stops. Returns their numbers. */
    async finish(worker: Program): Promise<string[]> {
      const count = (inspect('jobs', { dir }).messagesWritten ?? 0) + 2000;
      const outcome = await start('producer.mjs', String(count)).exit;
      t.match(outcome, { code: 0, stdout: /\nall are done\n$/, stderr: '' });
      worker.kill('SIGTERM');
      t.match(await worker.exit, { code: 0, stderr: '' });
      t.doesNotThrow(() => assertNoneHeld(dir), 'nobody holds a channel');
      return Array.from({ length: count }, (_, i) => `${i + 1}`);
    },
  };
}

/** Has loaded smipc, which it opens its channel with next. */
async function isAboutToOpen({ pid }: Program): Promise<void> {
  const isLoaded = () => readFileSync(`/proc/${pid}/maps`, 'utf8').includes('smipc.node');
  await until(isLoaded, 'it has loaded smipc');
}

/**
 * Stops producers and workers, by turns. Returns the lines of the file of results, and the jobs.
 *
 * @param overlap the next one is started before the one before is told to stop
 */
async function stopAndRestart(t: Test, signal: NodeJS.Signals, { overlap = false } = {}) {
  const { startProducer, startWorker, results, finish } = prepare(t);
  const startAny = { producer: () => startProducer(), worker: startWorker };
  const running = { producer: startProducer(), worker: startWorker() };
  // Then both have their listeners of the signal.
  const bothAreAtWork = async () => {
    const before = results().length;
    await until(() => running.producer.stdout() !== '', 'the producer says where it begins');
    await until(() => results().length > before + 20, 'the worker does jobs');
  };

  for (let i = 1; i <= kStops; i++) {
    const role = i % 2 === 0 ? 'producer' : 'worker';
    await bothAreAtWork();
    const before = running[role];
    if (overlap) {
      running[role] = startAny[role]();
      await isAboutToOpen(running[role]);
    }
    before.kill(signal);
    const { stdout: _, ...outcome } = await before.exit;
    const expected = signal === 'SIGKILL' ? { code: null, signal } : { code: 0, signal: null };
    t.strictSame(outcome, { ...expected, stderr: '' }, role);
    if (!overlap) running[role] = startAny[role]();
  }
  await bothAreAtWork();
  running.producer.kill(signal);
  await running.producer.exit;
  const jobs = await finish(running.worker);
  return { lines: results(), jobs };
}

for (const overlap of [false, true]) {
  t.test(overlap ? 'SIGTERM, the next one is there before' : 'SIGTERM', async (t) => {
    const { lines, jobs } = await stopAndRestart(t, 'SIGTERM', { overlap });
    t.strictSame(lines, jobs);
  });
}

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

t.test('SIGTERM to a producer that waits for room', async (t) => {
  const { startProducer, startWorker, status, results, finish } = prepare(t);
  const producer = startProducer();
  await until(() => producer.stdout() !== '' && status().writer.sleeping, 'the channel is full');
  producer.kill('SIGTERM');
  const next = startProducer();
  t.match(await producer.exit, { code: 0, stderr: '' });
  await until(() => next.stdout() !== '', 'the next one has the role');
  next.kill('SIGTERM');
  t.match(await next.exit, { code: 0, stderr: '' });
  const jobs = await finish(startWorker());
  t.strictSame(results(), jobs);
});

t.test('SIGTERM to a producer that waits until all are done', async (t) => {
  const { startProducer, startWorker, status, results, finish } = prepare(t);
  const producer = startProducer('10');
  await until(() => producer.stdout() !== '' && status().messagesWritten === 10, 'all are in it');
  producer.kill('SIGTERM');
  t.strictSame(await producer.exit, {
    ...{ code: 0, signal: null },
    ...{ stdout: 'from 1 on\n', stderr: '' },
  });
  const jobs = await finish(startWorker());
  t.strictSame(results(), jobs);
});
