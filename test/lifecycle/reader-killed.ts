// A reader is killed with SIGKILL in one state after another. Its writer is told at once, an idle
// one too, and what it still had to write fails.
import { type ChannelWriteStream, createWriteStream, inspect } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { patternBytes } from '../fixtures/data/pattern.js';
import { spawnChild, type TalkingChild } from '../fixtures/processes/child.js';
import { outcomeOf } from '../fixtures/processes/outcome.js';
import { until } from '../fixtures/timing/until.js';

const capacity = 16 * 1024;
const died = { events: ['error', 'close'], code: 'EPIPE', peer: 'died' };

/** A reader in a process of its own; it reads only if it `flows`. */
async function startReader(t: Test, name: string, flows: boolean): Promise<TalkingChild> {
  const child = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      const stream = smipc.createReadStream(args.name);
      if (args.flows) stream.resume();
      await send('open');
      await receive();
      stream.destroy();
    },
    { name, flows },
  );
  await child.message();
  return child;
}

/** How the callback of a write is called. */
function write(stream: ChannelWriteStream, size: number): Promise<Error | null | undefined> {
  return new Promise((resolve) => stream.write(patternBytes(size), resolve));
}

t.test('the writer is idle, and has written nothing', async (t) => {
  const name = uniqueName(t);
  const outcome = outcomeOf(createWriteStream(name));
  (await startReader(t, name, true)).kill();
  t.strictSame(await outcome, died);
});

t.test('the writer is idle, and all it wrote was read', async (t) => {
  const name = uniqueName(t);
  const stream = createWriteStream(name, { capacity });
  const outcome = outcomeOf(stream);
  const reader = await startReader(t, name, true);
  t.notOk(await write(stream, 3 * capacity));
  await stream.drained();
  reader.kill();
  t.strictSame(await outcome, died);
  t.equal(stream.bytesWritten, 3 * capacity);
});

t.test('the writer is idle, and its bytes are in the ring', async (t) => {
  const name = uniqueName(t);
  const stream = createWriteStream(name, { capacity });
  const outcome = outcomeOf(stream);
  const reader = await startReader(t, name, false);
  t.notOk(await write(stream, 1000));
  reader.kill();
  t.strictSame(await outcome, died);
});

t.test('the ring is full, and the writer waits for space', async (t) => {
  const name = uniqueName(t);
  const stream = createWriteStream(name, { capacity });
  const outcome = outcomeOf(stream);
  const reader = await startReader(t, name, false);
  const writes = [write(stream, capacity + 1), write(stream, 10)];
  t.equal(inspect(name).used, capacity);
  reader.kill();
  t.strictSame(await outcome, died);
  t.match(await Promise.all(writes), [{ code: 'EPIPE', peer: 'died' }, Error]);
});

t.test('in the middle of a write larger than the ring', async (t) => {
  const name = uniqueName(t);
  const stream = createWriteStream(name, { capacity });
  const outcome = outcomeOf(stream);
  const reader = await startReader(t, name, true);
  const writing = write(stream, 4096 * capacity);
  await until(() => stream.bytesWritten > 4 * capacity, 'the transfer to be under way');
  reader.kill();
  t.match(await writing, { code: 'EPIPE', peer: 'died' });
  t.strictSame(await outcome, died);
});

t.test('during end(), with a full ring', async (t) => {
  const name = uniqueName(t);
  const stream = createWriteStream(name, { capacity });
  const outcome = outcomeOf(stream);
  const reader = await startReader(t, name, false);
  stream.end(patternBytes(2 * capacity));
  reader.kill();
  t.strictSame(await outcome, died);
});
