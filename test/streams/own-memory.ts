// A chunk stands in memory of its own, and not more than it fills: however it is asked for, and even if
// Node joins several.
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';
import { patternBytes } from '../fixtures/data/pattern.js';
import { until } from '../fixtures/timing/until.js';

const sizes = [1, 16, 64, 65, 100, 1024, 1025, 5000, 60_000, 3, 300_000, 100, 2];

function checkOwn(t: Test, chunk: Buffer): void {
  t.ok(Buffer.isBuffer(chunk));
  t.equal(chunk.byteOffset, 0);
  t.equal(chunk.buffer.byteLength, chunk.length);
}

/** The next chunks of the stream, as many as it takes to have `size` bytes. */
type Take = (size: number) => Promise<Buffer[]>;

async function check(t: Test, write: (chunk: Buffer) => void, take: Take): Promise<void> {
  for (const size of sizes) {
    const written = patternBytes(size);
    write(written);
    const chunks = await take(size);
    for (const chunk of chunks) checkOwn(t, chunk);
    t.ok(Buffer.concat(chunks).equals(written));
  }
}

t.test("'data'", async (t) => {
  const { writer, reader } = streamPair(t);
  let chunks: Buffer[] = [];
  reader.on('data', (chunk: Buffer) => chunks.push(chunk));
  await check(
    t,
    (chunk) => writer.write(chunk),
    async (size) => {
      const count = (): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      while (count() < size) await once(reader, 'data');
      const taken = chunks;
      chunks = [];
      return taken;
    },
  );
});

t.test('for await', async (t) => {
  const { writer, reader } = streamPair(t);
  const iterator = reader[Symbol.asyncIterator]();
  await check(
    t,
    (chunk) => writer.write(chunk),
    async (size) => {
      const taken: Buffer[] = [];
      for (let left = size; left > 0; ) {
        const { value } = (await iterator.next()) as { value: Buffer };
        taken.push(value);
        left -= value.length;
      }
      return taken;
    },
  );
  await iterator.return?.();
});

t.test('all that is buffered, which Node joins before version 26', async (t) => {
  const { writer, reader } = streamPair(t);
  // It makes the stream read ahead.
  reader.on('readable', () => {});
  for (const size of [10, 30, 1000, 5000]) {
    for (const [i, part] of ['a', 'b', 'c'].entries()) {
      writer.write(Buffer.alloc(size, part));
      await until(() => reader.readableLength === (i + 1) * size, `${part} to be there`);
    }
    const chunks: Buffer[] = [];
    for (let chunk = reader.read(); chunk !== null; chunk = reader.read()) chunks.push(chunk);
    const written = ['a', 'b', 'c'].map((part) => part.repeat(size)).join('');
    t.equal(Buffer.concat(chunks).toString(), written);
    for (const chunk of chunks) checkOwn(t, chunk);
  }
});

t.test('parts that are cut off: giving one away does not empty the others', async (t) => {
  const { writer, reader } = streamPair(t);
  const written = patternBytes(10_000);
  const isThere = once(reader, 'readable');
  writer.end(written);
  await isThere;
  const copies: Buffer[] = [];
  for (let left = written.length; left > 0; left -= 1000) {
    const part = reader.read(1000) as Buffer;
    copies.push(Buffer.from(part));
    try {
      structuredClone(part, { transfer: [part.buffer as ArrayBuffer] });
    } catch (error) {
      // Node 20 copies it instead.
      t.match(error, { name: 'DataCloneError' });
    }
  }
  t.ok(Buffer.concat(copies).equals(written));
});
