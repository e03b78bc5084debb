// Calls that belong to the other role fail with EBADF, as those of a file opened the other way do,
// and change nothing.
import t from 'tap';
import { openPair } from '../fixtures/channels/pair.js';

t.test('a writer does not read', async (t) => {
  const { writer, name } = openPair(t);
  const error = { name: 'SmipcError', code: 'EBADF', syscall: 'read', channel: name };
  const target = Buffer.alloc(1);
  t.throws(() => writer.tryRead(target), error);
  t.throws(() => writer.readSync(target), error);
  await t.rejects(writer.read(target), error);
  t.equal(writer.position, 0);
});

t.test('a reader does not write', async (t) => {
  const { reader, name } = openPair(t);
  const error = { name: 'SmipcError', code: 'EBADF', syscall: 'write', channel: name };
  const source = Buffer.alloc(1);
  t.throws(() => reader.tryWrite(source), error);
  t.throws(() => reader.writeSync(source), error);
  t.throws(() => reader.end(), error);
  await t.rejects(reader.write(source), error);
  await t.rejects(reader.drained(), { code: 'EBADF', syscall: 'wait' });
  t.equal(reader.ended, false);
  t.match(reader.status().writer, { state: 'open' });
});
