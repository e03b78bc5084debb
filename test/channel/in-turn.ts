// Calls that cannot wait for their turn do not take another call's: bytes of two writes never mix, an
// end is never put before the rest of a write, and a stream's channel is the stream's.
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openPair } from '../fixtures/channels/pair.js';

const misuse = { name: 'SmipcError', code: 'ERR_INVALID_STATE' };

t.test('while a write waits', async (t) => {
  const { writer, reader } = openPair(t, { capacity: 4096 });
  const write = writer.write(Buffer.alloc(6000, 'a'));
  t.throws(() => writer.end(), misuse);
  t.throws(() => writer.writeSync(Buffer.from('b')), misuse);
  const target = Buffer.alloc(10_000);
  t.equal(reader.tryRead(target.subarray(0, 100)), 100);
  t.equal(writer.tryWrite(Buffer.from('BBB')), 0);
  let count = 100;
  while (count < 6000) count += await reader.read(target.subarray(count));
  await write;
  t.equal(writer.tryWrite(Buffer.from('BBB')), 3);
  writer.end();
  count += await reader.read(target.subarray(count), { min: 4 });
  t.equal(String(target.subarray(0, count)), `${'a'.repeat(6000)}BBB`);
});

t.test('while a read waits', async (t) => {
  const { writer, reader } = openPair(t);
  const target = Buffer.alloc(10);
  const read = reader.read(target, { min: 5 });
  writer.writeSync(Buffer.from('123'));
  t.equal(reader.tryRead(Buffer.alloc(10)), 0);
  t.throws(() => reader.readSync(Buffer.alloc(10)), misuse);
  writer.writeSync(Buffer.from('45'));
  t.equal(await read, 5);
  t.equal(String(target.subarray(0, 5)), '12345');
});

t.test("the channel of a stream tells, and moves no byte of the stream's", async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name);
  const reader = createReadStream(name);
  t.teardown(() => {
    writer.destroy();
    reader.destroy();
  });
  const bytes = Buffer.alloc(1);
  await t.rejects(writer.channel?.write(bytes) as Promise<void>, misuse);
  t.throws(() => writer.channel?.writeSync(bytes), misuse);
  t.throws(() => writer.channel?.tryWrite(bytes), misuse);
  t.throws(() => writer.channel?.end(), misuse);
  await t.rejects(reader.channel?.read(bytes) as Promise<number>, misuse);
  t.throws(() => reader.channel?.readSync(bytes), misuse);
  t.throws(() => reader.channel?.tryRead(bytes), misuse);
  t.equal(reader.channel?.capacity, 1024 * 1024);
  t.ok(openChannel(uniqueName(t), 'w')[Symbol.dispose]() === undefined);
});
