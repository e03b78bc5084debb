// tryRead() and tryWrite() never wait: they move what can be moved now and return how much that was.
import t from 'tap';
import { openPair } from '../fixtures/channels/pair.js';

t.test('full and empty are counts, not errors', async (t) => {
  const { writer, reader } = openPair(t, { capacity: 4096 });
  const target = Buffer.alloc(10_000);
  t.equal(reader.tryRead(target), 0);
  t.equal(writer.tryWrite(Buffer.alloc(4000)), 4000);
  t.equal(writer.tryWrite(Buffer.alloc(4000)), 96);
  t.equal(writer.tryWrite(Buffer.alloc(4000)), 0);
  t.equal(writer.tryWrite(Buffer.alloc(0)), 0);
  t.equal(reader.tryRead(target.subarray(0, 1000)), 1000);
  t.equal(reader.tryRead(Buffer.alloc(0)), 0);
  t.equal(writer.tryWrite(Buffer.alloc(4000)), 1000);
  t.equal(reader.tryRead(target), 4096);
  t.equal(reader.tryRead(target), 0);
});

t.test('the end is 0 too, and `ended` tells', async (t) => {
  const { writer, reader } = openPair(t);
  const target = Buffer.alloc(10);
  writer.tryWrite(Buffer.from('last'));
  t.equal(writer.ended, false);
  writer.end();
  t.equal(writer.ended, true);
  t.equal(reader.ended, false);
  t.equal(reader.tryRead(target), 4);
  t.equal(reader.tryRead(target), 0);
  t.equal(reader.ended, true);
  t.equal(reader.tryRead(target), 0);
});

t.test('an abort is an error, after the last byte', async (t) => {
  const { writer, reader } = openPair(t);
  const target = Buffer.alloc(10);
  writer.tryWrite(Buffer.from('last'));
  await writer.close();
  t.equal(reader.tryRead(target), 4);
  t.throws(() => reader.tryRead(target), {
    code: 'ECONNRESET',
    peer: 'aborted',
    syscall: 'read',
  });
  t.equal(reader.ended, false);
});

t.test('so is writing to a reader that has left', async (t) => {
  const { writer, reader } = openPair(t);
  await reader.close();
  const error = { code: 'EPIPE', peer: 'closed', syscall: 'write' };
  t.throws(() => writer.tryWrite(Buffer.from('x')), error);
  t.throws(() => writer.writeSync(Buffer.from('x')), error);
  await t.rejects(writer.write(Buffer.from('x')), error);
});
