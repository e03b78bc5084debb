// The first signal lets a side finish what it has begun, which may wait for the other one; a second one
// ends it at once.
import { inspect } from 'smipc';
import t from 'tap';
import type { Program } from '../fixtures/processes/program.js';
import { openShell } from '../fixtures/processes/shell.js';
import { until } from '../fixtures/timing/until.js';

/** Whether the channel looks like that. */
function isSeen(dir: string, is: (status: ReturnType<typeof inspect>) => boolean): boolean {
  try {
    return is(inspect('c', { dir }));
  } catch {
    return false;
  }
}

/** Again and again, as a user does: one that comes before the first is dealt with is one with it. */
const endBySecond = (program: Program, signal: NodeJS.Signals): Promise<unknown> =>
  until(() => {
    program.kill(signal);
    return !program.isRunning();
  }, 'it has ended');

for (const [first, second] of [
  ['SIGINT', 'SIGINT'],
  ['SIGTERM', 'SIGHUP'],
] as const) {
  t.test(`${first} and ${second} to write: the ring is full, and nobody reads`, async (t) => {
    const { start, dir } = openShell(t);
    const writer = start('exec smipc write --resume --capacity 4096 c < /dev/zero');
    await until(
      () => isSeen(dir, ({ used, writer }) => used === 4096 && writer.sleeping === true),
      'the ring is full',
    );
    writer.kill(first);
    await endBySecond(writer, second);
    const { signal, stderr } = await writer.exit;
    t.ok(signal === first || signal === second, String(signal));
    t.equal(stderr, '');
    t.equal(inspect('c', { dir }).used, 4096, 'what was sent waits for the next reader');
  });

  t.test(`${first} and ${second} to read: stdout takes nothing`, async (t) => {
    const { run, start, dir } = openShell(t);
    await run('mkfifo out');
    const holder = start('exec 3< out; exec sleep 600');
    const writer = start('exec smipc write --resume c < /dev/zero');
    const reader = start('exec smipc read --resume c > out');
    await until(
      () =>
        isSeen(
          dir,
          ({ used, capacity, writer, reader }) =>
            reader.state === 'open' && used === capacity && writer.sleeping === true,
        ),
      'all is full',
    );
    reader.kill(first);
    await endBySecond(reader, second);
    const { signal, stderr } = await reader.exit;
    t.ok(signal === first || signal === second, String(signal));
    t.equal(stderr, '');
    writer.kill('SIGKILL');
    holder.kill('SIGKILL');
  });
}
