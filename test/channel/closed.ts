// A channel that was closed on this side: every call fails with EBADF, as after closing a file, and
// closing again is allowed.
import { openChannel } from 'smipc';
import t from 'tap';
import { openPair } from '../fixtures/channels/pair.js';

const error = { name: 'SmipcError', code: 'EBADF' };

t.test('reader', async (t) => {
  const { name, reader, writer } = openPair(t);
  await writer.write(Buffer.from('abc'));
  await reader.read(Buffer.alloc(2));
  t.equal(reader.state, 'open');
  const closed = reader.close();
  t.equal(reader.state, 'closing');
  const target = Buffer.alloc(1);
  t.throws(() => reader.tryRead(target), error, 'at once');
  await closed;
  t.equal(reader.state, 'closed');
  t.throws(() => reader.tryRead(target), error);
  t.throws(() => reader.readSync(target), error);
  await t.rejects(reader.read(target), error);
  t.match(reader.status(), { reader: { state: 'closed' }, bytesRead: 2 }, 'as it was at the end');
  await reader.close();
  t.match(reader, { name, mode: 'r', position: 2, framing: 'bytes', ended: false });
});

t.test('writer', async (t) => {
  const { writer } = openPair(t);
  await writer.write(Buffer.from('abc'));
  await writer.close();
  const source = Buffer.alloc(1);
  t.throws(() => writer.tryWrite(source), error);
  t.throws(() => writer.writeSync(source), error);
  t.throws(() => writer.end(), error);
  await t.rejects(writer.write(source), error);
  await t.rejects(writer.drained(), error);
  t.match(writer.status(), { writer: { state: 'aborted' }, bytesWritten: 3 });
  await Promise.all([writer.close(), writer.close()]);
  t.equal(writer.position, 3);
});

t.test('waitForPeer()', async (t) => {
  const { name, writer, reader } = openPair(t);
  await Promise.all([writer.close(), reader.close()]);
  const alone = openChannel(name, 'r');
  await alone.close();
  await t.rejects(alone.waitForPeer({ timeout: 5000 }), error);
});

t.test('ref(), unref() and hasRef() do no harm', async (t) => {
  const { reader } = openPair(t);
  t.equal(reader.hasRef(), true);
  t.equal(reader.unref().hasRef(), false);
  await reader.close();
  t.equal(reader.ref().hasRef(), true);
});
