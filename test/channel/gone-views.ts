// A view whose memory is gone at the call has no length. It is an error, not an empty view: reading
// nothing would mean the end, and writing nothing would succeed.
import t from 'tap';
import { openPair } from '../fixtures/channels/pair.js';
import { memory, spoil } from '../fixtures/data/spoil.js';

const kViews = {
  Uint8Array: (buffer: ArrayBuffer) => new Uint8Array(buffer, 0, 16),
  Buffer: (buffer: ArrayBuffer) => Buffer.from(buffer, 0, 16),
  Float64Array: (buffer: ArrayBuffer) => new Float64Array(buffer, 0, 2),
  DataView: (buffer: ArrayBuffer) => new DataView(buffer, 0, 16),
  'a DataView as long as its buffer': (buffer: ArrayBuffer) => new DataView(buffer, 8),
};

for (const way of ['transfer', 'shrink'] as const) {
  for (const [what, make] of Object.entries(kViews)) {
    t.test(`${what}, ${way}`, async (t) => {
      const { writer, reader } = openPair(t);
      const gone = () => {
        const buffer = memory(16);
        const view = make(buffer);
        spoil(buffer, way);
        return view;
      };
      const written = { code: 'ERR_INVALID_STATE', syscall: 'write', channel: writer.name };
      await t.rejects(writer.write(gone()), written);
      t.throws(() => writer.writeSync(gone()), written);
      t.throws(() => writer.tryWrite(gone()), written);
      t.equal(writer.position, 0);

      await writer.write(Buffer.from('abc'));
      const read = { code: 'ERR_INVALID_STATE', syscall: 'read', channel: reader.name };
      await t.rejects(reader.read(gone()), read);
      t.throws(() => reader.readSync(gone()), read);
      t.throws(() => reader.tryRead(gone()), read);
      t.equal(reader.position, 0);

      // At the end, too, which it must not be taken for.
      writer.end();
      t.equal(reader.readSync(Buffer.alloc(9)), 3);
      await t.rejects(reader.read(gone()), read);
    });
  }
}

t.test('an empty view is none', async (t) => {
  const { writer, reader } = openPair(t);
  for (const view of [new Uint8Array(0), Buffer.alloc(0), new DataView(new ArrayBuffer(0))]) {
    await writer.write(view);
    writer.writeSync(view);
    t.equal(writer.tryWrite(view), 0);
    await writer.write(Buffer.from('x'));
    t.equal(await reader.read(view), 0);
    t.equal(reader.readSync(view), 0);
    t.equal(reader.tryRead(view), 0);
    t.equal(reader.tryRead(Buffer.alloc(1)), 1);
  }
});

t.test('one that has shrunk is not overrun', async (t) => {
  const { writer, reader } = openPair(t, { capacity: 4096 });
  const buffer = memory(64) as ArrayBuffer & { resize(bytes: number): void };
  const view = new Uint8Array(buffer).fill(1);
  buffer.resize(5);
  await writer.write(view);
  t.equal(writer.position, 5);
  t.equal(await reader.read(view), 5);
  // While a call waits, its size is settled.
  buffer.resize(64);
  const read = reader.read(view, { min: 64 });
  buffer.resize(5);
  writer.tryWrite(Buffer.alloc(64));
  await t.rejects(read, { code: 'ERR_INVALID_STATE' });
  t.equal(reader.tryRead(Buffer.alloc(100)), 64, 'nothing was taken');
  t.equal(writer.tryWrite(Buffer.alloc(4096)), 4096);
  buffer.resize(64);
  const write = writer.write(view);
  buffer.resize(5);
  t.equal(reader.tryRead(Buffer.alloc(4096)), 4096);
  await t.rejects(write, { code: 'ERR_INVALID_STATE' });
});
