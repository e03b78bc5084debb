// `ended` of a reader is true as soon as the writer has ended and the last byte has been read: a
// program need not try to read once more to find out.
import t from 'tap';
import { openPair } from '../fixtures/channels/pair.js';

t.test('right after the last byte', async (t) => {
  const { writer, reader } = openPair(t);
  writer.writeSync(Buffer.from('all'));
  writer.end();
  t.equal(reader.ended, false);
  t.equal(reader.readSync(Buffer.alloc(3), { min: 3 }), 3);
  t.equal(reader.ended, true);
});

t.test('an empty stream', async (t) => {
  const { writer, reader } = openPair(t);
  t.equal(reader.ended, false);
  writer.end();
  t.equal(reader.ended, true);
});

t.test('end() is idempotent, and final', async (t) => {
  const { writer, reader } = openPair(t);
  writer.end();
  writer.end();
  t.equal(writer.ended, true);
  t.throws(() => writer.tryWrite(Buffer.from('x')), { code: 'ERR_STREAM_WRITE_AFTER_END' });
  await t.rejects(writer.write(Buffer.from('x')), { code: 'ERR_STREAM_WRITE_AFTER_END' });
  t.equal(await reader.read(Buffer.alloc(1)), 0);
  t.match(reader.status().writer, { state: 'ended', pid: process.pid });
  await writer.close();
  t.match(reader.status().writer, { state: 'ended' }, 'closing does not make it an abort');
});
