// ETIMEDOUT says what has not happened in time, and who was there, or not.
import {
  type Channel,
  createReadStream,
  createWriteStream,
  openChannel,
  type WaitOptions,
} from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openPair } from '../fixtures/channels/pair.js';

const { pid } = process;
const capacity = 4096;
const limit = { timeout: 5 };

/** The call fails, and says so. */
async function isLate(t: Test, call: () => unknown, text: string): Promise<void> {
  const message = new RegExp(`^ETIMEDOUT: ${text}, (read|write|wait) '`);
  await t.rejects(async () => call(), { code: 'ETIMEDOUT', message });
}

/** Every call that waits for bytes, or for space. */
const calls: Record<
  'r' | 'w',
  Record<string, (channel: Channel, limit: WaitOptions) => unknown>
> = {
  r: {
    read: (channel, limit) => channel.read(Buffer.alloc(10), { min: 10, ...limit }),
    readSync: (channel, limit) => channel.readSync(Buffer.alloc(10), { min: 10, ...limit }),
    peek: (channel, limit) => channel.peek(() => 0, { min: 10, ...limit }),
    peekSync: (channel, limit) => channel.peekSync(() => 0, { min: 10, ...limit }),
  },
  w: {
    write: (channel, limit) => channel.write(Buffer.alloc(capacity), limit),
    writeSync: (channel, limit) => channel.writeSync(Buffer.alloc(capacity), limit),
    reserve: (channel, limit) => channel.reserve(capacity, () => 0, limit),
    reserveSync: (channel, limit) => channel.reserveSync(capacity, () => 0, limit),
  },
};

for (const [name, call] of Object.entries(calls.r)) {
  t.test(name, async (t) => {
    const late = 'not enough bytes came within 5 ms:';
    const lonely = openChannel(uniqueName(t), 'r');
    t.teardown(() => lonely.close());
    await isLate(t, () => call(lonely, limit), `${late} no writer has come yet`);
    const { reader, writer } = openPair(t, { resume: true, capacity });
    const idle = `the writer \\(process ${pid}\\) has written nothing more`;
    await isLate(t, () => call(reader, limit), `${late} ${idle}`);
    await writer.write(Buffer.from('abc'));
    await isLate(
      t,
      () => call(reader, limit),
      `${late} no more than 3 bytes are there, and ${idle}`,
    );
    await writer.close();
    const gone = `the writer \\(process ${pid}\\) has left, and no other has come yet`;
    await isLate(
      t,
      () => call(reader, limit),
      `${late} no more than 3 bytes are there, and ${gone}`,
    );
  });
}

for (const [name, call] of Object.entries(calls.w)) {
  t.test(name, async (t) => {
    const late = 'not enough space came free within 5 ms: the ring is full, and';
    const lonely = openChannel(uniqueName(t), 'w', { capacity });
    t.teardown(() => lonely.close());
    lonely.tryWrite(Buffer.alloc(capacity));
    await isLate(t, () => call(lonely, limit), `${late} no reader has come yet`);
    const { reader, writer } = openPair(t, { resume: true, capacity });
    await writer.write(Buffer.alloc(capacity));
    const idle = `the reader \\(process ${pid}\\) has not made enough space`;
    await isLate(t, () => call(writer, limit), `${late} ${idle}`);
    await reader.close();
    const gone = `the reader \\(process ${pid}\\) has left, and no other has come yet`;
    await isLate(t, () => call(writer, limit), `${late} ${gone}`);
  });
}

t.test('drained', async (t) => {
  const { writer } = openPair(t, { capacity });
  await writer.write(Buffer.from('x'));
  const late = 'not all bytes were read within 5 ms: ';
  const idle = `the reader \\(process ${pid}\\) has not read all of them`;
  await isLate(t, () => writer.drained(limit), `${late}1 byte is left in the ring, and ${idle}`);
  const stream = createWriteStream(uniqueName(t));
  t.teardown(() => stream.destroy());
  stream.write('12345');
  const lonely = '5 bytes are left in the ring, and no reader has come yet';
  await isLate(t, () => stream.drained(limit), late + lonely);
});

t.test('waitForPeer', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, { resume: true });
  await isLate(t, () => writer.waitForPeer(limit), 'no reader opened the channel within 5 ms');
  writer.write('left behind');
  writer.destroy();
  await new Promise((resolve) => writer.once('close', () => resolve(undefined)));
  const reader = createReadStream(name, { resume: true });
  t.teardown(() => reader.destroy());
  const gone = `the writer \\(process ${pid}\\) had left before, and no other opened the channel`;
  await isLate(t, () => reader.waitForPeer(limit), `${gone} within 5 ms`);
});

t.test('a role that is not free', async (t) => {
  const { name } = openPair(t);
  const waiting = createWriteStream(name, { wait: true });
  t.teardown(() => waiting.destroy());
  const text = 'the role was not free within 5 ms, so this end is not open yet';
  await isLate(t, () => waiting.waitForPeer(limit), text);
  await isLate(t, () => waiting.drained(limit), text);
});
