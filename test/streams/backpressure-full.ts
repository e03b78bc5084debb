// Nobody reads: the ring fills up, then the writer's own memory does as far as its highWaterMark, and
// write() returns false. When reading goes on, 'drain' comes and nothing was lost.
import { once } from 'node:events';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';
import { checkPattern, fillPattern } from '../fixtures/data/pattern.js';
import { someTurns } from '../fixtures/timing/turns.js';

const capacity = 64 * 1024;
const highWaterMark = 20_000;
const chunkSize = 1500;

t.test('a writer that heeds write()', async (t) => {
  const { writer, reader } = streamPair(t, { capacity, highWaterMark });
  reader.pause();

  let written = 0;
  let mayGoOn = true;
  while (mayGoOn) {
    const chunk = Buffer.alloc(chunkSize);
    fillPattern(chunk, written);
    written += chunk.length;
    mayGoOn = writer.write(chunk);
  }
  await someTurns();
  t.equal(writer.channel?.status().used, capacity, 'the ring is full');
  t.ok(writer.writableNeedDrain);
  // Node counts the chunk whose rest waits as a whole.
  t.ok(writer.writableLength >= highWaterMark, `${writer.writableLength}`);
  t.ok(writer.writableLength < highWaterMark + chunkSize, `${writer.writableLength}`);
  t.ok(written - capacity <= writer.writableLength, 'the rest is in the ring');
  t.equal(writer.bytesWritten, capacity);

  const drained = once(writer, 'drain');
  let position = 0;
  reader.on('data', (chunk: Buffer) => {
    checkPattern(chunk, position);
    position += chunk.length;
  });
  reader.resume();
  await drained;
  t.equal(writer.writableLength, 0);
  writer.end();
  await once(reader, 'end');
  t.equal(position, written);
});

t.test('one write larger than ring and highWaterMark together', async (t) => {
  const { writer, reader } = streamPair(t, { capacity, highWaterMark });
  reader.pause();
  let isWritten = false;
  t.equal(
    writer.write(Buffer.alloc(capacity + 10 * highWaterMark), () => {
      isWritten = true;
    }),
    false,
  );
  await someTurns();
  t.equal(isWritten, false);
  t.equal(writer.channel?.status().used, capacity, 'the ring is full');
  const drained = once(writer, 'drain');
  reader.resume();
  await drained;
  t.equal(isWritten, true);
});
