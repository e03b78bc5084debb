// A view is written from its own start to its own end, not from its memory's, and what arrives is
// a Buffer of its own, which later reads do not change.
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

t.test('offsets and lengths of views are honoured', async (t) => {
  const { writer, reader } = streamPair(t);
  const memory = Uint8Array.from({ length: 64 }, (_, i) => i);
  writer.write(memory.subarray(3, 5));
  writer.write(new Uint8Array(memory.buffer, 10, 2));
  writer.write(Buffer.from(memory.buffer, 20, 3));
  writer.write(Buffer.from(memory.buffer).subarray(60));
  writer.end();
  const read = await buffer(reader);
  t.strictSame([...read], [3, 4, 10, 11, 20, 21, 22, 60, 61, 62, 63]);
});

t.test('bytes that are in the ring no longer depend on the writer’s memory', async (t) => {
  const { writer, reader } = streamPair(t);
  const chunk = Buffer.from('before');
  writer.write(chunk);
  chunk.fill('x');
  const [read] = await once(reader, 'data');
  t.equal(String(read), 'before');
});

t.test('a chunk stays as it is when more is read', async (t) => {
  const { writer, reader } = streamPair(t);
  const chunks: Buffer[] = [];
  reader.on('data', (chunk) => chunks.push(chunk));
  for (let i = 0; i < 100; i++) {
    writer.write(Buffer.alloc(10_000, i));
    await writer.drained();
  }
  writer.end();
  await once(reader, 'end');
  t.ok(chunks.every((chunk) => Buffer.isBuffer(chunk)));
  const expected = Array.from({ length: 100 }, (_, i) => Buffer.alloc(10_000, i));
  t.ok(Buffer.concat(chunks).equals(Buffer.concat(expected)));
});

for (const chunk of [1, true, {}, [], Symbol('s'), () => {}]) {
  t.test(`${typeof chunk} is no chunk`, async (t) => {
    const { writer } = streamPair(t);
    t.throws(() => writer.write(chunk), { code: 'ERR_INVALID_ARG_TYPE' });
    t.equal(writer.bytesWritten, 0);
  });
}

t.test('null is no chunk', async (t) => {
  const { writer } = streamPair(t);
  t.throws(() => writer.write(null), { code: 'ERR_STREAM_NULL_VALUES' });
});
