// bytesWritten and bytesRead count what went into and came out of the ring, framing included.
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

t.test('bytes', async (t) => {
  const { writer, reader } = streamPair(t, { capacity: 4096 });
  t.equal(writer.bytesWritten, 0);
  t.equal(reader.bytesRead, 0);
  writer.write('äöü');
  t.equal(writer.bytesWritten, 6);
  writer.write(Buffer.alloc(5000));
  t.equal(writer.bytesWritten, 4096, 'only what is in the ring');
  t.equal(reader.bytesRead, 0);
  reader.resume();
  await writer.drained();
  t.equal(writer.bytesWritten, 5006);
  t.equal(reader.bytesRead, 5006);

  writer.end();
  await Promise.all([finished(writer), finished(reader)]);
  t.equal(writer.bytesWritten, 5006, 'they stay when the streams are closed');
  t.equal(reader.bytesRead, 5006);
});

for (const options of [{ messages: true }, { objectMode: true }]) {
  t.test(JSON.stringify(options), async (t) => {
    const { writer, reader } = streamPair(t, options, options);
    writer.write(Buffer.alloc(1000));
    writer.write(Buffer.alloc(0));
    t.ok(writer.bytesWritten >= 1000 + 2 * 4, 'each message brings its length');
    t.equal(writer.bytesWritten, writer.channel?.status().bytesWritten);
    writer.end();
    reader.resume();
    await once(reader, 'end');
    t.equal(reader.bytesRead, writer.bytesWritten);
  });
}

t.test('a stream that could not open', async (t) => {
  const { name, writer } = streamPair(t);
  const { createWriteStream } = await import('smipc');
  const second = createWriteStream(name);
  await t.rejects(finished(second), { code: 'EBUSY' });
  t.equal(second.bytesWritten, 0);
  t.equal(second.channel, undefined);
  t.ok(second.pending);
  t.equal(writer.destroyed, false);
});
