// A message shares its memory with no other one, and neither do the values that are made of it: what
// `buffer` shows is theirs, and none of it changes when the message is written over.
import { structuredCloneSerializer } from 'smipc';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

const { deserialize, serialize } = structuredCloneSerializer;

const views = (size: number): ArrayBufferView[] => [
  Buffer.alloc(size, 7),
  new Uint8Array(size).fill(7),
  new Uint8ClampedArray(size).fill(7),
  new Int8Array(size).fill(7),
  new Uint16Array(size).fill(0x707),
  new Float32Array(size).fill(7),
  new Float64Array(size).fill(7),
  new BigInt64Array(size).fill(7n),
  new DataView(new ArrayBuffer(size)),
];
const kinds: Record<string, (content: unknown) => unknown> = {
  plain: (content) => ({ id: 1, content }),
  full: (content) => [content, new Map([[1, 2]])],
};

function viewsIn(value: unknown): ArrayBufferView[] {
  if (ArrayBuffer.isView(value)) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(viewsIn) : [];
}
const hex = ({ buffer, byteOffset, byteLength }: ArrayBufferView): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('hex');

for (const [what, make] of Object.entries(kinds)) {
  t.test(`a message: ${what}`, async (t) => {
    const messages = Array.from({ length: 20 }, (_, i) => serialize(make('x'.repeat(i))));
    for (const { buffer, byteLength } of messages) t.equal(buffer.byteLength, byteLength);
    t.equal(new Set(messages.map(({ buffer }) => buffer)).size, messages.length);
    const { buffer } = messages[0] as Uint8Array<ArrayBuffer>;
    structuredClone(buffer, { transfer: [buffer] });
    t.same(deserialize(messages[1] as Uint8Array), make('x'));
  });

  t.test(`values: ${what}`, async (t) => {
    for (const size of [1, 3, 64, 65, 3000, 100_000]) {
      const sent = make(views(size));
      // At each alignment: none may be made of the message's own memory.
      for (let offset = 0; offset < 8; offset++) {
        const message = serialize(sent);
        const moved = new Uint8Array(message.length + offset).subarray(offset);
        moved.set(message);
        const arrived = viewsIn(deserialize(moved));
        moved.fill(0xee);
        t.strictSame(
          arrived.map(hex),
          viewsIn(sent).map(hex),
          `${size} elements, offset ${offset}`,
        );
        const own = arrived.every((view) => view.buffer.byteLength === view.byteLength);
        const kindsOf = (views: object[]): unknown[] => views.map(Object.getPrototypeOf);
        t.ok(own && new Set(arrived.map(({ buffer }) => buffer)).size === arrived.length);
        t.strictSame(kindsOf(arrived), kindsOf(viewsIn(sent)));
      }
    }
  });
}

t.test('through a stream', async (t) => {
  const { writer, reader } = streamPair(t, { objectMode: true }, { objectMode: true });
  for (const make of Object.values(kinds)) writer.write(make(views(100)));
  writer.end();
  const arrived = viewsIn(await reader.toArray());
  t.equal(arrived.length, Object.keys(kinds).length * views(100).length);
  t.ok(arrived.every((view) => view.buffer.byteLength === view.byteLength));
});
