// A stream that flows gets every byte that a lost writer left, and then the error: with a listener,
// with one that pauses and one that throws, and piped. (Node 26 hands out what flows without read().)
import { PassThrough } from 'node:stream';
import type { ChannelReadStream } from 'smipc';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';
import { patternBytes } from '../fixtures/data/pattern.js';
import { outcomeOf } from '../fixtures/processes/outcome.js';

const kChunk = 256 * 1024;
const written = patternBytes(3 * kChunk);

/** Consumes the stream in its way, and adds to the chunks. */
type Consume = (reader: ChannelReadStream, chunks: Buffer[]) => void;

const ways: Record<string, Consume> = {
  'a listener': (reader, chunks) => reader.on('data', (chunk) => chunks.push(chunk)),
  'a listener that pauses': (reader, chunks) =>
    reader.on('data', (chunk) => {
      chunks.push(chunk);
      reader.pause();
      setImmediate(() => reader.resume());
    }),
  'a listener that has never seen it destroyed': (reader, chunks) =>
    reader.on('data', (chunk) => {
      if (!reader.destroyed) chunks.push(chunk);
    }),
  'a pipe': (reader, chunks) =>
    reader.pipe(new PassThrough({ highWaterMark: 1 })).on('data', (chunk) => chunks.push(chunk)),
};

for (const [what, consume] of Object.entries(ways)) {
  for (const isThere of [true, false]) {
    t.test(`${what}; the loss ${isThere ? 'is there already' : 'comes'}`, async (t) => {
      const { writer, reader } = streamPair(t, { capacity: 4 * kChunk });
      writer.on('error', () => {});
      const chunks: Buffer[] = [];
      const count = () => chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      const lost = outcomeOf(reader);
      writer.write(written);
      if (isThere) writer.destroy();
      consume(reader, chunks);
      if (!isThere) reader.on('data', () => count() === written.length && writer.destroy());
      t.strictSame(await lost, {
        events: ['error', 'close'],
        code: 'ECONNRESET',
        peer: 'aborted',
      });
      // The pipe may still be on its way.
      while (count() < written.length) await new Promise((resolve) => setImmediate(resolve));
      t.ok(Buffer.concat(chunks).equals(written));
    });
  }
}
