// end(), with and without a last chunk; and what is written after it.
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

t.test('end() alone', async (t) => {
  const { writer, reader } = streamPair(t);
  writer.end();
  t.equal(await text(reader), '');
  t.ok(reader.readableEnded);
});

t.test('end(chunk, encoding, callback)', async (t) => {
  const { writer, reader } = streamPair(t);
  writer.write('first, ');
  await new Promise<void>((resolve) => writer.end('6c617374', 'hex', resolve));
  t.ok(writer.writableFinished);
  t.equal(await text(reader), 'first, last');
});

t.test('end(chunk) with a chunk larger than the ring', async (t) => {
  const { writer, reader } = streamPair(t, { capacity: 4096 });
  writer.end('x'.repeat(50_000));
  t.equal((await text(reader)).length, 50_000);
});

t.test('a second end()', async (t) => {
  const { writer, reader } = streamPair(t);
  writer.end('once');
  t.notOk(await new Promise((resolve) => writer.end(resolve)), 'no error');
  t.equal(await text(reader), 'once');
  const error = await new Promise((resolve) => writer.end(resolve));
  t.match(error, { code: 'ERR_STREAM_ALREADY_FINISHED' });
});

t.test('write() after end() fails, and the end stays an end', async (t) => {
  const { writer, reader } = streamPair(t);
  writer.end('whole');
  const failed = once(writer, 'error');
  const error = await new Promise((resolve) => writer.write('more', resolve));
  t.match(error, { code: 'ERR_STREAM_WRITE_AFTER_END' });
  t.match(await failed, [{ code: 'ERR_STREAM_WRITE_AFTER_END' }]);
  t.equal(await text(reader), 'whole');
});

t.test('write() after destroy() fails', async (t) => {
  const { writer } = streamPair(t);
  writer.destroy();
  const error = await new Promise((resolve) => writer.write('late', resolve));
  t.match(error, { code: 'ERR_STREAM_DESTROYED' });
});
