// A default reader gets chunks of at most 64 KiB, memory of its own, and then the end.
import t from 'tap';
import { webPair } from '../fixtures/channels/web-pair.js';
import { checkPattern, fillPattern } from '../fixtures/data/pattern.js';

t.test('chunks, then the end', async (t) => {
  const { writable, readable } = webPair(t);
  const bytes = new Uint8Array(200_000);
  fillPattern(bytes, 0);
  const writer = writable.getWriter();
  await writer.write(bytes);
  await writer.close();
  await writer.closed;
  bytes.fill(0);

  const reader = readable.getReader();
  const chunks: Uint8Array[] = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    chunks.push(value);
  }
  await reader.closed;
  t.ok(chunks.every((chunk) => chunk.length > 0 && chunk.length <= 64 * 1024));
  const read = Buffer.concat(chunks);
  t.equal(read.length, bytes.length);
  checkPattern(read, 0);
});

t.test('reads that were asked for early are served in order', async (t) => {
  const { writable, readable } = webPair(t);
  const reader = readable.getReader();
  const reads = [reader.read(), reader.read(), reader.read()];
  const writer = writable.getWriter();
  for (const part of ['one', 'two']) {
    await writer.write(Buffer.from(part));
    await Promise.race(reads.splice(0, 1)).then(({ value }) =>
      t.equal(Buffer.from(value ?? []).toString(), part),
    );
  }
  await writer.close();
  t.equal((await reads[0])?.done, true);
});

t.test('every kind of chunk that has bytes', async (t) => {
  const { writable, readable } = webPair(t);
  const writer = writable.getWriter();
  const memory = Uint8Array.from({ length: 16 }, (_, i) => i).buffer;
  await writer.write(memory.slice(0, 2));
  await writer.write(new Uint16Array(memory, 4, 1));
  await writer.write(new DataView(memory, 8, 2));
  await writer.write(Buffer.from(memory, 12, 1));
  await writer.write(new Uint8Array(0));
  await writer.close();
  const { value } = await readable.getReader().read();
  t.strictSame([...(value ?? [])], [0, 1, 4, 5, 8, 9, 12]);
});
