// read() with `min` settles once so many bytes are there, and gives whatever else is there too; fewer
// come only at the end.
import t from 'tap';
import { openPair } from '../fixtures/channels/pair.js';
import { checkPattern, fillPattern } from '../fixtures/data/pattern.js';
import { someTurns } from '../fixtures/timing/turns.js';

const capacity = 4096;

t.test('it waits for min, and takes nothing before', async (t) => {
  const { writer, reader } = openPair(t, { capacity });
  const target = Buffer.alloc(20);
  let count = 0;
  const read = reader.read(target, { min: 10 }).then((result) => {
    count = result;
  });
  writer.tryWrite(Buffer.from('123456789'));
  await someTurns();
  t.equal(count, 0);
  t.equal(reader.status().used, 9);
  writer.tryWrite(Buffer.from('abc'));
  await read;
  t.equal(target.toString('latin1', 0, count), '123456789abc');
});

t.test('without min, one byte is enough', async (t) => {
  const { writer, reader } = openPair(t, { capacity });
  const target = Buffer.alloc(20);
  const read = reader.read(target);
  writer.tryWrite(Buffer.from('x'));
  t.equal(await read, 1);
});

t.test('a short count at the end, then 0', async (t) => {
  const { writer, reader } = openPair(t, { capacity });
  const target = Buffer.alloc(20);
  const read = reader.read(target, { min: 20 });
  writer.tryWrite(Buffer.from('short'));
  writer.end();
  t.equal(await read, 5);
  t.equal(await reader.read(target, { min: 20 }), 0);
  t.equal(await reader.read(target), 0);
  t.equal(reader.ended, true);
});

t.test('min larger than the ring', async (t) => {
  const { writer, reader } = openPair(t, { capacity });
  const source = Buffer.alloc(3 * capacity + 5);
  fillPattern(source, 0);
  const target = Buffer.alloc(source.length + 1);
  const written = writer.write(source);
  t.equal(await reader.read(target, { min: source.length }), source.length);
  await written;
  checkPattern(target.subarray(0, source.length), 0);

  const again = writer.write(source);
  const read = reader.read(target, { min: target.length });
  await again;
  writer.end();
  t.equal(await read, source.length, 'short at the end');
  t.equal(await reader.read(target, { min: target.length }), 0);
});

t.test('an abort comes after what was published', async (t) => {
  const { writer, reader } = openPair(t, { capacity });
  const target = Buffer.alloc(20);
  writer.tryWrite(Buffer.from('short'));
  await writer.close();
  t.equal(await reader.read(target, { min: 20 }), 5);
  await t.rejects(reader.read(target, { min: 20 }), { code: 'ECONNRESET', peer: 'aborted' });
});

t.test('a target without room', async (t) => {
  const { writer, reader } = openPair(t, { capacity });
  writer.tryWrite(Buffer.from('x'));
  t.equal(await reader.read(Buffer.alloc(0)), 0);
  t.equal(reader.ended, false);
  t.equal(reader.status().used, 1);
});

for (const min of [0, -1, 1.5, 21, Number.NaN, Infinity]) {
  t.test(`min: ${min} of 20`, async (t) => {
    const { reader } = openPair(t, { capacity });
    const error = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
    await t.rejects(reader.read(Buffer.alloc(20), { min }), error);
    t.throws(() => reader.readSync(Buffer.alloc(20), { min }), error);
  });
}
