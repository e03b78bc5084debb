// Small plain values go in plain messages, the others in full ones. Either way what arrives is what
// node:v8 makes of the value: it is the oracle here, for values at every edge between the two, and for
// random ones.
import { isDeepStrictEqual } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { structuredCloneSerializer } from 'smipc';
import t from 'tap';
import { random } from '../fixtures/data/pattern.js';
import { RandomValues } from '../fixtures/data/random-value.js';
import { newSeed } from '../fixtures/data/seed.js';

const rounds = Number(process.env.TEST_ROUNDS ?? 3000);
const kPlainFormat = 1;

const clone = (value: unknown): unknown =>
  structuredCloneSerializer.deserialize(structuredCloneSerializer.serialize(value));
const isPlain = (value: unknown): boolean =>
  structuredCloneSerializer.serialize(value)[0] === kPlainFormat;

class Point {
  x = 1;
}
const once = { id: 1 };
const day = new Date(86_400_000);
const bytes = Buffer.from('bytes');
function detached(): Uint8Array {
  const array = new Uint8Array(4);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}
/** A view of memory that has shrunk. */
function outOfBounds(): Uint8Array {
  const memory = Reflect.construct(ArrayBuffer, [16, { maxByteLength: 16 }]);
  const array = new Uint8Array(memory, 8, 8);
  memory.resize(4);
  return array;
}
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
const chain = (depth: number): unknown => (depth === 0 ? 0 : { next: chain(depth - 1) });

const plain: Record<string, unknown> = {
  undefined: undefined,
  booleans: [true, false],
  integers: [0, 1, 127, 128, -1, 2 ** 31 - 1, -(2 ** 31)],
  'not of 32 bits': [2 ** 31, -(2 ** 31) - 1, 2 ** 53, 0.1, -0, Number.NaN, Infinity, 5e-324],
  'empty string': '',
  'a text of each length': Array.from({ length: 60 }, (_, i) => 'x'.repeat(i)),
  'Latin-1': ['é'.repeat(5), 'ÿ\0'.repeat(50), `${'a'.repeat(100)}é`],
  'two bytes a unit': ['€', '😀'.repeat(40), `${'a'.repeat(100)}€`, 'Ā'],
  'lone surrogates': ['\ud800', 'a\udc00b'.repeat(30), `${'a'.repeat(30)}\ud800`],
  'as long as it may be': 'x'.repeat(8000),
  dates: [day, new Date(-1)],
  bytes: [new Uint8Array([1, 2, 3]).subarray(1), new Uint8Array(9000).fill(7)],
  buffers: [Buffer.from('bytes'), Buffer.from('abcdef').subarray(2, 4)],
  'bytes that are shared': new Uint8Array(new SharedArrayBuffer(4)).fill(7),
  empty: [{}, []],
  'no prototype': Object.assign(Object.create(null), { a: 1 }),
  'key __proto__': JSON.parse('{"__proto__": {"a": 1}, "b": 2}'),
  'key constructor': { constructor: 1, toString: 2, hasOwnProperty: 3 },
  'keys that are numbers': { b: 1, 10: 2, 2: 3, '-1': 4, '01': 5 },
  'keys of all kinds': { '': 1, é: 2, '€': 3, [`long ${'k'.repeat(50)}`]: 4, 'a b': 5 },
  'symbols and what is not enumerable': Object.defineProperty({ [Symbol('s')]: 1, a: 2 }, 'b', {}),
  getter: Object.defineProperty({}, 'x', { enumerable: true, get: () => [1] }),
  'as many keys as may be': Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`k${i}`, i])),
  'a date that says something else': Object.assign(new Date(1), { getTime: () => 5 }),
  'bytes that say something else': Object.defineProperty(new Uint8Array([1, 2]), 'length', {
    value: 5000,
  }),
  frozen: Object.freeze({ a: Object.freeze([1]) }),
  'undefined in an array': [undefined, 1],
  'as many objects as may be': Array.from({ length: 63 }, (_, i) => ({ i })),
  'as deep as may be': chain(64),
};

const others: Record<string, unknown> = {
  bigint: [1n],
  hole: Object.assign([1], { 2: 3 }),
  'a hole and a name': Object.assign([1], { 2: 3, name: 'x' }),
  'an index that is not enumerable, and a name': Object.assign(
    Object.defineProperty([1, 2], 0, { enumerable: false }),
    { name: 'x' },
  ),
  'an array with a name': Object.assign([1, 2], { name: 'x' }),
  'a match': 'ab'.match(/(?<first>a)/),
  'an array of a class': new (class List extends Array {})(3),
  'long array': Array.from({ length: 65 }, (_, i) => i),
  'too many objects': Array.from({ length: 64 }, (_, i) => ({ i })),
  'too deep': chain(65),
  'too many keys': Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`k${i}`, i])),
  'too long': 'x'.repeat(20_000),
  'too many bytes': new Uint8Array(20_000).fill(1),
  'too much together': Array.from({ length: 10 }, (_, i) => String(i).repeat(3000)),
  'a class': new Point(),
  'twice the same object': [once, once],
  'twice the same date': [day, day],
  'twice the same buffer': [bytes, bytes],
  'no bytes': [new Uint8Array(0), Buffer.alloc(0)],
  'bytes out of bounds': outOfBounds(),
  'not what its prototype says': [Date, Array, Uint8Array, Buffer].map((one) =>
    Object.create(one.prototype),
  ),
  'a name for its class': { [Symbol.toStringTag]: 'Object' },
  map: new Map([[{}, new Set([1])]]),
  'error without its prototype': Object.setPrototypeOf(new RangeError('x'), Object.prototype),
  boxed: [Object(1), Object('x'), Object(true)],
  'other bytes': [new Uint16Array([1, 2]), new DataView(new ArrayBuffer(2)), new ArrayBuffer(3)],
  'bytes of a class': new (class Bytes extends Uint8Array {})(3),
};

for (const [what, value] of Object.entries(plain)) {
  t.test(`plain: ${what}`, async (t) => {
    t.ok(isPlain(value), 'in the plain format');
    t.ok(isDeepStrictEqual(clone(value), deserialize(serialize(value))), 'as node:v8 clones it');
  });
}
for (const [what, value] of Object.entries(others)) {
  t.test(`other: ${what}`, async (t) => {
    t.notOk(isPlain(value), 'in a full message');
    t.ok(isDeepStrictEqual(clone(value), deserialize(serialize(value))), 'as node:v8 clones it');
  });
}

t.test('the order of keys', async (t) => {
  const value = { z: 1, 5: 2, a: 3, 1: 4 };
  t.same(Object.keys(clone(value) as object), ['1', '5', 'z', 'a']);
});

t.test('an invalid date', async (t) => {
  const value = new Date(Number.NaN);
  t.ok(isPlain(value));
  const arrived = clone(value) as Date;
  t.ok(arrived instanceof Date);
  t.ok(Number.isNaN(arrived.getTime()));
});

t.test('what cannot be cloned', async (t) => {
  const circular: unknown[] = [];
  circular.push(circular);
  t.equal((clone(circular) as unknown[])[0] !== undefined, true, 'a circle can');
  const impossible = {
    function: () => {},
    method: { a: 1, f() {} },
    symbol: [Symbol('s')],
    proxy: { a: new Proxy({}, {}) },
    'proxy of an array': new Proxy([1], {}),
    arguments: (function () {
      // biome-ignore lint/complexity/noArguments: that is what it is about
      return arguments;
    })(),
    'revoked proxy': revoked(),
    'bytes whose memory is gone': detached(),
    module: await import('../fixtures/data/pattern.js'),
  };
  for (const [what, value] of Object.entries(impossible)) {
    t.throws(() => serialize(value), what);
    t.throws(() => structuredCloneSerializer.serialize(value), {
      name: 'DataCloneError',
      message: /could not be cloned/,
    });
  }
});

t.test('a getter that throws, and one that serializes', async (t) => {
  const failing = {
    a: 1,
    get b(): never {
      throw new RangeError('mine');
    },
  };
  t.throws(() => structuredCloneSerializer.serialize(failing), { message: 'mine' });
  t.same(clone({ a: [1] }), { a: [1] }, 'nothing is left of it');
  const nesting = {
    a: 'outer',
    get b() {
      return clone({ inner: new Date(1) });
    },
    c: 'outer too',
  };
  t.same(clone(nesting), { a: 'outer', b: { inner: new Date(1) }, c: 'outer too' });
});

t.test('a getter that changes what is still to be written', async (t) => {
  const makers: Record<string, () => object> = {
    'takes a key away': () => ({
      get a() {
        Reflect.deleteProperty(this, 'b');
        return 1;
      },
      b: 2,
    }),
    'shortens an array': () => {
      const array: unknown[] = [{ get x() { return array.pop(); } }, 1, 2]; // biome-ignore format: one
      return array;
    },
    'lengthens an array': () => {
      const array: unknown[] = [{ get x() { return array.push(3); } }, 1]; // biome-ignore format: one
      return array;
    },
  };
  for (const [what, make] of Object.entries(makers)) {
    t.notOk(isPlain(make()), `${what}: in a full message`);
  }
  t.strictSame(clone(makers['takes a key away']?.()), { a: 1 });
});

t.test('the stack overflows within', async (t) => {
  const overflow = (): unknown => [
    structuredCloneSerializer.serialize({ a: 'x'.repeat(7000) }),
    overflow(),
  ];
  t.throws(overflow, RangeError);
  t.ok(isPlain({ a: 1 }), 'and the next value is plain again');
});

t.test('a message stays as it is while others are made', async (t) => {
  const messages = Array.from({ length: 3000 }, (_, i) =>
    structuredCloneSerializer.serialize({ i, text: 'x'.repeat(i % 500) }),
  );
  const values = messages.map(structuredCloneSerializer.deserialize);
  t.ok(values.every((value, i) => (value as { i: number }).i === i));
});

t.test('a prototype that somebody has tampered with', async (t) => {
  const setter = () => t.fail('called');
  Object.defineProperty(Object.prototype, 'trap', { set: setter, configurable: true });
  t.teardown(() => Reflect.deleteProperty(Object.prototype, 'trap'));
  t.same(Object.entries(clone(JSON.parse('{"trap": 1}')) as object), [['trap', 1]]);
});

t.test('random values', async (t) => {
  const seed = newSeed(t);
  let plainCount = 0;
  for (let round = 0; round < rounds; round++) {
    const value = new RandomValues(random(seed + round)).next();
    if (isPlain(value)) plainCount++;
    if (!isDeepStrictEqual(clone(value), deserialize(serialize(value)))) {
      t.fail(`TEST_SEED=${seed + round} TEST_ROUNDS=1`);
      return;
    }
  }
  t.comment(`${plainCount} of ${rounds} were plain`);
  if (rounds > 1) t.ok(plainCount > rounds / 4 && plainCount < rounds, 'both ways were tried');
});
