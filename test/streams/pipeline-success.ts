// pipeline() into a channel settles when everything is in the ring, pipeline() out of it when the
// writer has ended; a transform between them changes nothing about that.
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

/** A sink that takes its time. */
function slowSink(chunks: Buffer[]): Writable {
  return new Writable({
    highWaterMark: 1,
    write(chunk, _encoding, callback) {
      chunks.push(chunk);
      setImmediate(callback);
    },
  });
}

t.test('source | channel | transform | sink', async (t) => {
  const { writer, reader } = streamPair(t, { capacity: 4096 });
  const parts = Array.from({ length: 50 }, (_, i) => Buffer.alloc(i * 97, i));
  const invert = new Transform({
    transform: (chunk: Buffer, _encoding, callback) =>
      callback(
        null,
        chunk.map((byte) => ~byte),
      ),
  });
  const arrived: Buffer[] = [];

  await Promise.all([
    pipeline(Readable.from(parts, { objectMode: false }), writer),
    pipeline(reader, invert, slowSink(arrived)),
  ]);
  const expected = Buffer.concat(parts).map((byte) => ~byte);
  t.ok(Buffer.concat(arrived).equals(expected));
  t.ok(writer.writableFinished);
  t.ok(reader.readableEnded);
});

t.test('an empty source', async (t) => {
  const { writer, reader } = streamPair(t);
  const arrived: Buffer[] = [];
  await Promise.all([
    pipeline(Readable.from([], { objectMode: false }), writer),
    pipeline(reader, slowSink(arrived)),
  ]);
  t.strictSame(arrived, []);
});
