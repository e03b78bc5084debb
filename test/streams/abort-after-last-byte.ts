// A writer leaves without end(). However slowly the reader takes what was published, it gets all of
// that before it is told.
import { type ChannelReadStream, createReadStream, openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { checkPattern, fillPattern } from '../fixtures/data/pattern.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { someTurns } from '../fixtures/timing/turns.js';

const total = 200_000;

/** Reads until the stream fails; returns how much came. */
async function readAll(reader: ChannelReadStream, turns: number): Promise<number> {
  let position = 0;
  for await (const chunk of reader) {
    checkPattern(chunk, position);
    position += chunk.length;
    if (turns > 0) await someTurns(turns);
    if (position === total) break;
  }
  return position;
}

async function abortedStream(t: Test): Promise<string> {
  const name = uniqueName(t);
  const writer = openChannel(name, 'w');
  const bytes = Buffer.alloc(total);
  fillPattern(bytes, 0);
  await writer.write(bytes);
  await writer.close();
  return name;
}

for (const turns of [0, 5]) {
  for (const highWaterMark of [1000, undefined]) {
    t.test(`for await, ${turns} turns a chunk, highWaterMark ${highWaterMark}`, async (t) => {
      const reader = createReadStream(await abortedStream(t), { highWaterMark });
      t.equal(await readAll(reader, turns), total);
    });
  }
}

t.test('pause() and resume()', async (t) => {
  const reader = createReadStream(await abortedStream(t));
  let position = 0;
  reader.on('data', (chunk: Buffer) => {
    checkPattern(chunk, position);
    position += chunk.length;
    reader.pause();
    setImmediate(() => reader.resume());
  });
  const error = await new Promise((resolve) => reader.once('error', resolve));
  t.match(error, { code: 'ECONNRESET', peer: 'aborted' });
  t.equal(position, total);
});

t.test('a killed writer', async (t) => {
  const args = { name: uniqueName(t), total };
  const child = spawnChild(
    t,
    async ({ smipc, pattern, args, send, receive }) => {
      const bytes = Buffer.alloc(args.total);
      pattern.fillPattern(bytes, 0);
      smipc.createWriteStream(args.name).write(bytes);
      await send('written');
      await receive();
    },
    args,
  );
  t.equal(await child.message(), 'written');
  const reader = createReadStream(args.name);
  child.kill();
  await child.exit;
  t.equal(await readAll(reader, 5), total);
});

t.test('messages', async (t) => {
  const name = uniqueName(t);
  const writer = openChannel(name, 'w', { framing: 'messages' });
  const count = 100;
  for (let i = 0; i < count; i++) writer.tryWrite(Buffer.from([1, 0, 0, 0, i]));
  await writer.close();
  const reader = createReadStream(name, { messages: true });
  let received = 0;
  for await (const message of reader) {
    t.equal(message[0], received++);
    await someTurns(1);
    if (received === count) break;
  }
  t.equal(received, count);
});
