// Reads, and writes, that overlap are served in the order in which they were called.
import t from 'tap';
import { openPair } from '../fixtures/channels/pair.js';
import { checkPattern, fillPattern } from '../fixtures/data/pattern.js';

t.test('reads', async (t) => {
  const { writer, reader } = openPair(t);
  const order: number[] = [];
  const targets = [3, 1, 4, 1, 5].map((size) => Buffer.alloc(size));
  const reads = targets.map(async (target, i) => {
    await reader.read(target, { min: target.length });
    order.push(i);
  });
  for (const byte of Buffer.from('abcdefghijklmn')) {
    writer.tryWrite(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  await Promise.all(reads);
  t.strictSame(order, [0, 1, 2, 3, 4]);
  t.strictSame(targets.map(String), ['abc', 'd', 'efgh', 'i', 'jklmn']);
});

t.test('a later read that could be served waits for an earlier one that cannot', async (t) => {
  const { writer, reader } = openPair(t);
  const first = Buffer.alloc(2);
  const second = Buffer.alloc(1);
  const reads = [reader.read(first, { min: 2 }), reader.read(second)];
  writer.tryWrite(Buffer.from('1'));
  await new Promise(setImmediate);
  writer.tryWrite(Buffer.from('23'));
  t.strictSame(await Promise.all(reads), [2, 1]);
  t.equal(`${first}|${second}`, '12|3');
});

t.test('writes', async (t) => {
  const { writer, reader } = openPair(t, { capacity: 4096 });
  const order: number[] = [];
  let total = 0;
  const writes = [3000, 3000, 0, 20_000, 1, 500].map(async (size, i) => {
    const source = Buffer.alloc(size);
    fillPattern(source, total);
    total += size;
    await writer.write(source);
    order.push(i);
  });
  const target = Buffer.alloc(total);
  t.equal(await reader.read(target, { min: total }), total);
  await Promise.all(writes);
  checkPattern(target, 0);
  t.strictSame(order, [0, 1, 2, 3, 4, 5]);
});

t.test('at the end every read that waits gets its 0', async (t) => {
  const { writer, reader } = openPair(t);
  const reads = [1, 2, 3].map((size) => reader.read(Buffer.alloc(size)));
  writer.tryWrite(Buffer.from('x'));
  writer.end();
  t.strictSame(await Promise.all(reads), [1, 0, 0]);
});
