// A reader that reads by hand, by parts, and whose writer breaks off: what is left comes, although it
// is less than a part, and then the error.
import { once } from 'node:events';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

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
