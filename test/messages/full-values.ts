// Every kind of value that the structured clone algorithm knows, in full messages: an Error beside it
// brings it there. What arrives is what node:v8 makes of it.
import { isDeepStrictEqual } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { structuredCloneSerializer } from 'smipc';
import t from 'tap';
import { random } from '../fixtures/data/pattern.js';
import { RandomValues } from '../fixtures/data/random-value.js';
import { newSeed } from '../fixtures/data/seed.js';

const rounds = Number(process.env.TEST_ROUNDS ?? 1000);
const kFullFormat = 2;
const error = new RangeError('m');

function cloneFully(value: unknown): unknown {
  const message = structuredCloneSerializer.serialize([error, value]);
  if (message[0] !== kFullFormat) t.fail('in another format');
  return (structuredCloneSerializer.deserialize(message) as unknown[])[1];
}

const resizable = (size: number, maxByteLength: number): ArrayBuffer =>
  Reflect.construct(ArrayBuffer, [size, { maxByteLength }]);
const long = (length: number): number[] => Array.from({ length }, (_, i) => i);
// Types of a later version of ECMAScript.
const unicodeSets: RegExp = Reflect.construct(RegExp, ['[a--b]', 'v']);
const once = { id: 1 };
const circle: unknown[] = [];
circle.push(circle, { circle });
const map = new Map<unknown, unknown>();
map.set(map, new Set([map]));
class Point {
  x = 1;
  readonly #hidden = 2;
  get sum(): number {
    return this.x + this.#hidden;
  }
}
const sparse = (length: number, ...indexes: number[]): unknown[] => {
  const array: unknown[] = [];
  array.length = length;
  for (const index of indexes) array[index] = index;
  return array;
};

const values: Record<string, unknown> = {
  primitives: [undefined, null, true, false, '', 0],
  integers: [1, 127, 128, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53],
  numbers: [0.1, -0, Number.NaN, Infinity, -Infinity, 5e-324],
  bigints: [0n, 1n, -1n, 255n, 256n, 2n ** 64n, -(2n ** 64n), 2n ** 70_000n],
  texts: ['a', 'é'.repeat(24), 'é'.repeat(25), '€', '\ud800', '😀'.repeat(50), 'x'.repeat(100_000)],
  'wide text': '€'.repeat(100_000),
  dates: [new Date(0), new Date(-1)],
  'regular expressions': [/a(b)?/dgimsuy, /\/[/]\n€/, /(?:)/, unicodeSets],
  boxed: [Object(5), Object(-0), Object('€'), Object(''), Object(true), Object(false), Object(7n)],
  map: new Map<unknown, unknown>([[{ a: 1 }, new Set([1])], [undefined, null], [Number.NaN, -0]]), // biome-ignore format: one
  set: new Set([1, 'x', {}, new Map()]),
  'large map': new Map(long(5000).map((i) => [`key ${i}`, { i }])),
  objects: { a: { b: { c: [{}] } }, 2: 1, '-1': 2, '€': 3 },
  'large object': Object.fromEntries(long(5000).map((i) => [`key ${i}`, i])),
  'large array': long(100_000),
  'long array with an undefined': Object.assign(long(100), { 5: undefined }),
  'long array with a hole': sparse(100, ...long(99)),
  'long array with a name': Object.assign(long(100), { name: 'x' }),
  'long array with a hole and a name': Object.assign(sparse(100, ...long(99)), { name: 'x' }),
  'long array with a hole, ended by a name': Object.assign(sparse(100, 0, ...long(100).slice(2)), {
    name: 99,
  }),
  'long array with a hidden index and a name': Object.assign(
    Object.defineProperty(long(100), 5, { enumerable: false }),
    { name: 'x' },
  ),
  'key __proto__': JSON.parse('{"__proto__": {"a": 1}, "b": 2}'),
  'no prototype': Object.assign(Object.create(null), { a: 1 }),
  class: new Point(),
  getter: { get a() { return [1]; } }, // biome-ignore format: one line
  'symbols and what is not enumerable': Object.defineProperty({ [Symbol('s')]: 1 }, 'b', {}),
  hole: sparse(3, 0, 2),
  'holes at the end': sparse(9, 0, 1),
  'only holes': sparse(5),
  'many holes': sparse(100_000, 5, 70_000),
  'as long as may be': Object.assign(sparse(2 ** 32 - 1, 0), { name: 'x' }),
  'a name': Object.assign([1, 2], { name: 'x' }),
  'names that look like indexes': Object.assign([1], { '01': 1, '-1': 2, 4294967295: 3, 1.5: 4 }),
  match: 'ab'.match(/(?<first>a)/),
  buffers: [new Uint8Array([1]).buffer, new ArrayBuffer(0), new ArrayBuffer(100_000)],
  resizable: [resizable(3, 10), resizable(0, 0)],
  views: [
    new Int8Array([-1]),
    new Uint8Array([1, 2]),
    new Uint8ClampedArray([300]),
    new Int16Array([-2]),
    new Uint16Array([2]),
    new Int32Array([-3]),
    new Uint32Array([3]),
    new Float32Array([0.5]),
    new Float64Array([0.1]),
    new BigInt64Array([-1n]),
    new BigUint64Array([1n]),
    new DataView(new Uint8Array([1, 2, 3]).buffer, 1),
    Buffer.from('abc'),
  ],
  'empty views': [new Uint8Array(0), Buffer.alloc(0), new Float64Array(0)],
  'large views': [Buffer.alloc(300_000, 1), new Float64Array(100_000)],
  'views of what may grow': [
    new Uint16Array(resizable(4, 8)),
    new Uint8Array(resizable(4, 8), 1, 2),
  ],
  'views of shared memory': [new Int32Array(new SharedArrayBuffer(8))],
  classes: [new (class A extends Array {})(3), new (class B extends Uint16Array {})(2), new (class M extends Map<number, number> {})([[1, 2]])], // biome-ignore format: one
  'own properties': [Object.assign(new Map(), { a: 1 }), Object.assign(new Date(1), { a: 1 })],
  'other prototypes': [new Map([[1, 2]]), new Set([1]), new Date(1), /x/, [1]].map((one) => Object.setPrototypeOf(one, Object.prototype)), // biome-ignore format: one
  'inherited, but not one': [Map, Set, Error, Array, Date, RegExp, ArrayBuffer, Uint16Array, String].map((one) => Object.assign(Object.create(one.prototype), { a: 1 })), // biome-ignore format: one
  'one object, twice': [once, once, { once }, new Map([[once, once]])],
  'one of each kind, twice': [new Date(1), /x/, new Map(), Object(1), Buffer.from('a'), new Set()].flatMap((one) => [one, one]), // biome-ignore format: one
  circle,
  'a map in itself': map,
  // isDeepStrictEqual() of Node 22 on arm64 has a stack for 800.
  deep: long(600).reduce<unknown>((inside) => ({ inside }), 0),
};

for (const [what, value] of Object.entries(values)) {
  t.test(what, async (t) => {
    t.ok(isDeepStrictEqual(cloneFully(value), deserialize(serialize(value))));
  });
}

t.test('what an array with many holes takes', async (t) => {
  const array = cloneFully(sparse(30_000_000, 1)) as unknown[];
  t.equal(array.length, 30_000_000);
  t.strictSame(Object.keys(array), ['1']);
});

t.test('the identity of each object', async (t) => {
  const all = [new Date(1), /x/, new Map(), Object(1), Buffer.from('a'), new Set(), new Error('e'), {}, [], new ArrayBuffer(1), new Uint16Array(1)]; // biome-ignore format: one
  const arrived = cloneFully([...all, ...all]) as unknown[];
  for (let i = 0; i < all.length; i++) t.equal(arrived[i], arrived[i + all.length]);
  t.equal(new Set(arrived).size, all.length);
});

t.test('an invalid date', async (t) => {
  const date = cloneFully(new Date(Number.NaN)) as Date;
  t.ok(date instanceof Date && Number.isNaN(date.getTime()));
});

t.test('resizable memory', async (t) => {
  const arrived = cloneFully(resizable(3, 10));
  t.match(arrived, { byteLength: 3, maxByteLength: 10, resizable: true });
});

t.test('a getter that changes what is still to be written', async (t) => {
  const taking = { get a() { Reflect.deleteProperty(this, 'b'); return 1; }, b: 2, c: 3 }; // biome-ignore format: one
  t.strictSame(cloneFully(taking), { a: 1, c: 3 });
  const array: unknown[] = [1, { get x() { delete array[2]; return 1; } }, 2, 3]; // biome-ignore format: one
  t.strictSame(cloneFully(array), Object.assign([1, { x: 1 }], { 3: 3 }));
  const growing = new Map<unknown, unknown>();
  growing.set(1, { get x() { growing.set(2, 2); return 1; } }); // biome-ignore format: one line
  t.strictSame(cloneFully(growing), new Map([[1, { x: 1 }]]));
});

t.test('a getter that serializes', async (t) => {
  const value = { get inner() { return cloneFully([1n, error]); }, after: 'x'.repeat(5000) }; // biome-ignore format: one
  t.same(cloneFully(value), { inner: [1n, error], after: 'x'.repeat(5000) });
});

t.test('random values', async (t) => {
  const seed = newSeed(t);
  for (let round = 0; round < rounds; round++) {
    const value = new RandomValues(random(seed + round)).next();
    if (!isDeepStrictEqual(cloneFully(value), deserialize(serialize(value)))) {
      t.fail(`TEST_SEED=${seed + round} TEST_ROUNDS=1`);
      return;
    }
  }
});
