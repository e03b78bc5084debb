// How an iteration over watch() ends; and that it holds the event loop only while an event is awaited.
import { readdirSync, readFileSync } from 'node:fs';
import { openChannel, watch } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { until } from '../fixtures/timing/until.js';

const abortError = { name: 'AbortError', code: 'ABORT_ERR' };
const over = { value: undefined, done: true };

t.test('by its signal', async (t) => {
  const dir = uniqueDirectory(t);
  const early = watch({ dir, signal: AbortSignal.abort('too early') });
  await t.rejects(early.next(), { ...abortError, cause: 'too early' });
  t.strictSame(await early.next(), over);

  const controller = new AbortController();
  const events = watch({ dir, signal: controller.signal });
  const waiting = events.next();
  const behind = events.next();
  setImmediate(() => controller.abort());
  await t.rejects(waiting, abortError);
  t.strictSame(await behind, over);
});

t.test('by return() and break', async (t) => {
  const dir = uniqueDirectory(t);
  const events = watch({ dir });
  const waiting = events.next();
  t.strictSame(await events.return?.(), over);
  t.strictSame(await waiting, over, 'an event is not awaited any more');
  t.strictSame(await events.next(), over);
  t.strictSame(await watch({ dir }).return?.(), over, 'before it has begun');

  const writer = openChannel('channel', 'w', { dir });
  for await (const { name } of watch({ dir })) {
    t.equal(name, 'channel');
    break;
  }
  await writer.close();
});

/** How many files and directories this process watches. */
function inotifyWatches(): number {
  const texts = readdirSync('/proc/self/fdinfo').map((fd) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1');
    } catch {
      return ''; // that of the directory that was just read
    }
  });
  return texts.join('').match(/^inotify wd:/gm)?.length ?? 0;
}

t.test('the directory is not watched any more', async (t) => {
  const dir = uniqueDirectory(t);
  const writer = openChannel('channel', 'w', { dir });
  const before = inotifyWatches();
  for (const isAborted of [false, true]) {
    const controller = new AbortController();
    const events = watch({ dir, signal: controller.signal });
    await events.next();
    t.equal(inotifyWatches(), before + 1);
    if (isAborted) controller.abort();
    else await events.return?.();
    await until(() => inotifyWatches() === before, 'the watch has gone');
  }
  await writer.close();
});

t.test('the event loop', async (t) => {
  const dir = uniqueDirectory(t);
  const idle = spawnChild(
    t,
    async ({ smipc, args: { dir } }) => {
      const channel = smipc.openChannel('own', 'w', { dir });
      const events = smipc.watch({ dir });
      await events.next();
      await channel.close();
      // Nothing is awaited, and nobody has said that it is over.
    },
    { dir },
    { ipc: false },
  );
  t.match(await idle.exit, { code: 0, signal: null });

  const awaiting = spawnChild(
    t,
    async ({ smipc, args: { dir } }) => {
      await smipc.watch({ dir }).next();
      process.exitCode = 7;
    },
    { dir },
    { ipc: false },
  );
  // Longer than a process with nothing to wait for takes.
  const another = spawnChild(t, () => {}, {}, { ipc: false });
  await another.exit;
  const channel = openChannel('channel', 'w', { dir });
  t.match(await awaiting.exit, { code: 7 });
  await channel.close();
});

t.test('bad arguments', (t) => {
  const type = { code: 'ERR_INVALID_ARG_TYPE' };
  // @ts-expect-error: not an object
  t.throws(() => watch('dir'), type);
  // @ts-expect-error: not a signal
  t.throws(() => watch({ signal: {} }), type);
  // @ts-expect-error: not a string
  t.throws(() => watch({ dir: 1 }), type);
  t.end();
});
