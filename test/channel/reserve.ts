// reserve(): bytes are made where they will be read, and those that the function says are published.
import t from 'tap';
import { openPair } from '../fixtures/channels/pair.js';

const read = (reader: { tryRead(target: Buffer): number }): string => {
  const target = Buffer.alloc(10_000);
  return target.toString('latin1', 0, reader.tryRead(target));
};

t.test('as many are published as it returns', async (t) => {
  const { writer, reader } = openPair(t);
  const put = (text: string) => (view: Buffer) => view.write(text, 'latin1');
  t.equal(await writer.reserve(10, put('abc')), 3);
  t.equal(writer.reserveSync(10, put('de')), 2);
  t.equal(writer.tryReserve(1, put('f')), 1);
  t.equal(
    writer.tryReserve(1, () => 0),
    0,
  );
  t.equal(writer.position, 6);
  t.equal(read(reader), 'abcdef');
});

t.test(
  'a view of exactly so many bytes, over the end of the ring too, detached afterwards',
  (t) => {
    const { writer, reader } = openPair(t, { capacity: 4096 });
    for (let round = 0; round < 10; round++) {
      const text = `${round}`.repeat(3000);
      let kept: Buffer | undefined;
      const count = writer.tryReserve(3000, (view) => {
        if (view.length !== 3000) t.fail(`${view.length} bytes`);
        kept = view;
        return view.write(text);
      });
      t.equal(count, 3000);
      t.equal(kept?.length, 0);
      t.equal(read(reader), text);
    }
    t.end();
  },
);

t.test('waits for the space', async (t) => {
  const { writer, reader } = openPair(t, { capacity: 4096 });
  t.equal(writer.tryWrite(Buffer.alloc(4000, 'a')), 4000);
  const notCalled = () => t.fail('called without space');
  t.equal(writer.tryReserve(97, notCalled as never), 0);
  await t.rejects(writer.reserve(97, notCalled as never, { timeout: 1 }), { code: 'ETIMEDOUT' });
  t.throws(() => writer.reserveSync(97, notCalled as never, { timeout: 1 }), {
    code: 'ETIMEDOUT',
  });
  const reserved = writer.reserve(4096, (view) => view.fill('b').length);
  const behind = writer.write(Buffer.from('c'));
  t.equal(writer.tryReserve(1, notCalled as never), 0, 'in turn');
  t.throws(() => writer.reserveSync(1, notCalled as never), { code: 'ERR_INVALID_STATE' });
  t.equal(read(reader), 'a'.repeat(4000));
  t.equal(await reserved, 4096);
  t.equal(read(reader), 'b'.repeat(4096));
  await behind;
  t.equal(read(reader), 'c');
});

t.test('a reader that waits for many bytes is woken', async (t) => {
  const { writer, reader } = openPair(t, { capacity: 4096 });
  const target = Buffer.alloc(3000);
  const reading = reader.read(target, { min: 3000 });
  t.equal(await writer.reserve(1000, (view) => view.fill('x').length), 1000);
  t.equal(await writer.reserve(2000, (view) => view.fill('y').length), 2000);
  t.equal(await reading, 3000);
  t.equal(target.toString(), 'x'.repeat(1000) + 'y'.repeat(2000));
});

t.test('the reader is gone', async (t) => {
  const { writer, reader } = openPair(t, { capacity: 4096 });
  writer.tryWrite(Buffer.alloc(4096));
  const all = (view: Buffer) => view.length;
  const error = { code: 'EPIPE', peer: 'closed', syscall: 'write' };
  const refused = t.rejects(writer.reserve(10, all), error);
  await reader.close();
  await refused;
  await t.rejects(writer.reserve(10, all), error);
  t.throws(() => writer.reserveSync(10, all), error);
  t.throws(() => writer.tryReserve(10, all), error);
});

t.test('not after the end', async (t) => {
  const { writer } = openPair(t);
  writer.end();
  const error = { code: 'ERR_STREAM_WRITE_AFTER_END' };
  t.throws(() => writer.tryReserve(10, (view) => view.length), error);
  await t.rejects(
    writer.reserve(10, (view) => view.length),
    error,
  );
});
