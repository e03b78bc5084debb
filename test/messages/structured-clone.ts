// With objectMode every value of the structured clone algorithm goes through, types and all.
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

const options = { objectMode: true };

const circular: Record<string, unknown> = { name: 'circle' };
circular.self = circular;
const shared = { id: 1 };

const values: Record<string, unknown> = {
  undefined: undefined,
  boolean: false,
  zero: -0,
  NaN: Number.NaN,
  string: 'ä€😀\0',
  'empty string': '',
  bigint: 2n ** 100n,
  date: new Date(86_400_000),
  regexp: /a(b)?/giu,
  map: new Map<unknown, unknown>([
    ['a', 1],
    [{ key: true }, new Set([1])],
  ]),
  set: new Set(['x', new Date(0)]),
  buffer: Buffer.from('bytes'),
  'Uint16Array with an offset': new Uint16Array(new Uint16Array([1, 2, 3, 4]).buffer, 2, 2),
  Float64Array: new Float64Array([0.1, Number.NaN, Infinity]),
  BigInt64Array: new BigInt64Array([-1n, 1n]),
  DataView: new DataView(new Uint8Array([1, 2, 3]).buffer, 1),
  ArrayBuffer: new Uint8Array([9, 8]).buffer,
  'sparse array': Object.assign([1], { 2: 3 }),
  nested: { list: [{ deep: [[[{ deeper: null }]]] }], nothing: undefined },
  boxed: Object(5),
  'twice the same': [shared, shared],
  circular,
};

t.test('values', async (t) => {
  const { writer, reader } = streamPair(t, options, options);
  for (const value of Object.values(values)) writer.write(value);
  writer.end();

  const names = Object.keys(values);
  const received: Record<string, unknown> = {};
  for await (const value of reader) received[names.shift() ?? 'one too many'] = value;
  t.strictSame(received, values);
  t.ok(Object.is(received.zero, -0));
  const [first, second] = received['twice the same'] as unknown[];
  t.equal(first, second, 'one object, twice');
  t.equal((received.circular as typeof circular).self, received.circular);
});

t.test('errors', async (t) => {
  const { writer, reader } = streamPair(t, options, options);
  const cause = new RangeError('why');
  writer.write(new TypeError('what', { cause }));
  writer.end();
  const [error] = await reader.toArray();
  t.ok(error instanceof TypeError);
  t.match(error, { name: 'TypeError', message: 'what', stack: /structured-clone/ });
});
