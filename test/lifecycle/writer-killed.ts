// A writer is killed with SIGKILL in one state after another. The reader gets every published byte,
// and nothing but those, before it learns of the death.
import { createReadStream, inspect } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild, type TalkingChild } from '../fixtures/processes/child.js';
import { consume } from '../fixtures/processes/outcome.js';
import { until } from '../fixtures/timing/until.js';

const capacity = 16 * 1024;
const large = 4096 * capacity;
const died = { events: ['error', 'close'], code: 'ECONNRESET', peer: 'died' };

/** A process that has written what fits of `size` bytes, and waits for space if that is not all. */
async function startWriter(t: Test, name: string, size: number): Promise<TalkingChild> {
  const child = spawnChild(
    t,
    async ({ smipc, pattern, args, send, receive }) => {
      const stream = smipc.createWriteStream(args.name, { capacity: args.capacity });
      if (args.size > 0) stream.write(pattern.patternBytes(args.size));
      await send('written');
      await receive();
      stream.destroy();
    },
    { name, size, capacity },
  );
  await child.message();
  return child;
}

async function kill(writer: TalkingChild): Promise<void> {
  writer.kill();
  await writer.exit;
}

for (const bytes of [0, 5000]) {
  t.test(`the ring is empty, and the reader waits, after ${bytes} bytes`, async (t) => {
    const name = uniqueName(t);
    const reader = createReadStream(name);
    const outcome = consume(reader);
    const writer = await startWriter(t, name, bytes);
    await until(() => reader.bytesRead === bytes, 'the reader to have it all');
    await kill(writer);
    t.strictSame(await outcome, { bytes, ...died });
  });
}

for (const bytes of [1, 5000]) {
  t.test(`idle with ${bytes} bytes in the ring, before there is a reader`, async (t) => {
    const name = uniqueName(t);
    await kill(await startWriter(t, name, bytes));
    t.strictSame(await consume(createReadStream(name)), { bytes, ...died });
  });
}

t.test('the ring is full, before there is a reader', async (t) => {
  const name = uniqueName(t);
  const writer = await startWriter(t, name, capacity + 1);
  await kill(writer);
  t.match(inspect(name), { writer: { state: 'died', pid: writer.pid }, used: capacity });
  t.strictSame(await consume(createReadStream(name)), { bytes: capacity, ...died });
});

t.test('in the middle of a write larger than the ring, and the reader has paused', async (t) => {
  const name = uniqueName(t);
  const writer = await startWriter(t, name, large);
  const reader = createReadStream(name, { highWaterMark: 4096 });
  const outcome = consume(reader);
  await until(() => reader.bytesRead > 10 * capacity, 'the transfer to be under way');
  reader.pause();
  await until(() => reader.readableLength === 4096, 'the buffer to be full');
  await until(() => inspect(name).used >= capacity / 2, 'the writer to wait again');
  await kill(writer);
  const { bytesWritten } = inspect(name);
  t.ok(bytesWritten < large);
  reader.resume();
  t.strictSame(await outcome, { bytes: bytesWritten, ...died });
});

t.test('in the middle of a write larger than the ring, and the reader reads', async (t) => {
  const name = uniqueName(t);
  const writer = await startWriter(t, name, large);
  const reader = createReadStream(name);
  const outcome = consume(reader);
  await until(() => reader.bytesRead > 10 * capacity, 'the transfer to be under way');
  writer.kill();
  const { bytes, ...rest } = await outcome;
  t.strictSame(rest, died);
  t.ok(bytes > 10 * capacity && bytes < large);
});
