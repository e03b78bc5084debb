// Sources and targets may be views of any kind: exactly the bytes that they cover are moved, and what
// lies around a target is left alone.
import t from 'tap';
import { openPair } from '../fixtures/channels/pair.js';

type View = new (memory: ArrayBuffer, offset: number, length: number) => ArrayBufferView;

const views: View[] = [
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
];

/** A view of 16 bytes in the middle of 64. */
function middle(Type: View): { memory: Uint8Array; view: ArrayBufferView } {
  const memory = new Uint8Array(64);
  const { BYTES_PER_ELEMENT = 1 } = Type as { BYTES_PER_ELEMENT?: number };
  return { memory, view: new Type(memory.buffer, 24, 16 / BYTES_PER_ELEMENT) };
}

for (const Type of views) {
  t.test(Type.name, async (t) => {
    const { writer, reader } = openPair(t);
    const source = middle(Type);
    source.memory.set(Uint8Array.from({ length: 64 }, (_, i) => i));
    const expected = source.memory.slice(24, 40);

    t.equal(writer.tryWrite(source.view), 16);
    await writer.write(source.view);
    writer.writeSync(source.view);
    t.equal(reader.status().used, 48);
    for (const read of [
      (view: ArrayBufferView) => reader.tryRead(view),
      (view: ArrayBufferView) => reader.read(view, { min: 16 }),
      (view: ArrayBufferView) => reader.readSync(view, { min: 16 }),
    ]) {
      const target = middle(Type);
      t.equal(await read(target.view), 16);
      t.strictSame(target.memory.slice(24, 40), expected);
      t.ok(target.memory.every((byte, i) => (i >= 24 && i < 40) || byte === 0));
    }
  });
}

t.test('a Buffer from the pool, and a view of shared memory', async (t) => {
  const { writer, reader } = openPair(t);
  const shared = new Uint8Array(new SharedArrayBuffer(8), 2, 4);
  await writer.write(Buffer.from('pooled').subarray(2));
  t.equal(await reader.read(shared), 4);
  t.equal(Buffer.from(shared).toString(), 'oled');
  await writer.write(shared);
  const target = Buffer.from('--------').subarray(3, 7);
  t.equal(await reader.read(target), 4);
  t.equal(target.toString(), 'oled');
});

for (const wrong of ['text', [1, 2], new ArrayBuffer(4), {}, null, undefined, 5]) {
  t.test(`${JSON.stringify(wrong)} is no view`, async (t) => {
    const { writer, reader } = openPair(t);
    const view = wrong as ArrayBufferView;
    const error = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    t.throws(() => writer.tryWrite(view), error);
    t.throws(() => writer.writeSync(view), error);
    t.throws(() => reader.tryRead(view), error);
    t.throws(() => reader.readSync(view), error);
    await t.rejects(writer.write(view), error);
    await t.rejects(reader.read(view), error);
    t.equal(writer.position, 0);
  });
}
