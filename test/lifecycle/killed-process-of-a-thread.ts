// A role is held by a worker thread, and its whole process is killed with SIGKILL.
import { createReadStream, createWriteStream, inspect } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { consume, outcomeOf } from '../fixtures/processes/outcome.js';
import { threadModule } from '../fixtures/processes/thread.js';

/** A process whose worker thread opens the name, and writes 5000 bytes if it is the writer. */
async function startHolder(t: Test, name: string, mode: 'r' | 'w') {
  const child = spawnChild(
    t,
    async ({ args, send, receive }) => {
      const { startThread } = (await import(
        args.threadModule
      )) as typeof import('../fixtures/processes/thread.js');
      const thread = startThread(async ({ smipc, pattern, args, send, receive }) => {
        const channel = smipc.openChannel(args.name, args.mode);
        if (args.mode === 'w') await channel.write(pattern.patternBytes(5000));
        send('open');
        await receive();
        await channel.close();
      }, args);
      await send(await thread.message());
      await receive();
    },
    { name, mode, threadModule },
  );
  await child.message();
  return child;
}

t.test('the writer', async (t) => {
  const name = uniqueName(t);
  const holder = await startHolder(t, name, 'w');
  const outcome = consume(createReadStream(name));
  holder.kill();
  t.strictSame(await outcome, {
    bytes: 5000,
    events: ['error', 'close'],
    code: 'ECONNRESET',
    peer: 'died',
  });
});

t.test('the reader', async (t) => {
  const name = uniqueName(t);
  const holder = await startHolder(t, name, 'r');
  t.match(inspect(name).reader, { state: 'open', pid: holder.pid });
  const outcome = outcomeOf(createWriteStream(name));
  holder.kill();
  t.strictSame(await outcome, { events: ['error', 'close'], code: 'EPIPE', peer: 'died' });
});
