// A single write of more bytes than the ring has: the reader gets the first of them while the write
// is still in progress, and in the end all of them.
import { once } from 'node:events';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';
import { checkPattern, fillPattern } from '../fixtures/data/pattern.js';

for (const size of [4097, 8192, 3 * 1024 * 1024 + 7]) {
  t.test(`${size} bytes through a ring of 4096`, async (t) => {
    const { writer, reader } = streamPair(t, { capacity: 4096 });
    const chunk = Buffer.alloc(size);
    fillPattern(chunk, 0);
    let isWritten = false;
    writer.end(chunk);
    void once(writer, 'finish').then(() => {
      isWritten = true;
    });

    let position = 0;
    for await (const part of reader) {
      if (position === 0) t.equal(isWritten, false, 'reading begins before writing is done');
      checkPattern(part, position);
      position += part.length;
    }
    t.equal(position, size);
    t.equal(writer.bytesWritten, size);
  });
}
