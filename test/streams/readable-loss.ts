// A reader that reads by hand, by parts, and whose writer breaks off: what is left comes, although it
// is less than a part, and then the error.
import { once } from 'node:events';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';
import { until } from '../fixtures/timing/until.js';

for (const abortsWhen of ['later', 'before the first read'] as const) {
  t.test(`the writer aborts ${abortsWhen}`, async (t) => {
    const { writer, reader } = streamPair(t);
    writer.on('error', () => {}).write('x'.repeat(25));
    if (abortsWhen === 'before the first read') writer.destroy();
    const sizes: number[] = [];
    reader.on('readable', () => {
      for (;;) {
        const part: Buffer | null = reader.read(10);
        if (part === null) break;
        sizes.push(part.length);
        if (abortsWhen === 'later' && sizes.length === 2) setImmediate(() => writer.destroy());
      }
    });
    await t.rejects(once(reader, 'end'), { code: 'ECONNRESET', peer: 'aborted' });
    t.strictSame(sizes, [10, 10, 5]);
  });
}

t.test('less than a part, in two chunks: they come as one', async (t) => {
  const { writer, reader } = streamPair(t);
  writer.on('error', () => {});
  const parts: string[] = [];
  reader.on('readable', () => {
    for (let part = reader.read(10); part !== null; part = reader.read(10)) parts.push(`${part}`);
  });
  for (const [i, chunk] of ['abc', 'def'].entries()) {
    writer.write(chunk);
    await until(() => reader.readableLength === (i + 1) * 3, `${chunk} to be there`);
  }
  writer.destroy();
  await t.rejects(once(reader, 'end'), { code: 'ECONNRESET', peer: 'aborted' });
  t.strictSame(parts, ['abcdef']);
});
