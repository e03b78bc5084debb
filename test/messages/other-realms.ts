// Values of another realm (vm, Jest, jsdom) arrive as the same kinds of values of this one.
import { runInNewContext, runInThisContext } from 'node:vm';
import { structuredCloneSerializer } from 'smipc';
import t from 'tap';

const { deserialize, serialize } = structuredCloneSerializer;

const sources = [
  '({ a: 1, b: { c: [1, 2, {}] } })',
  '[1, , 3]',
  'new Date(5)',
  '/x/gi',
  'new Map([[{ a: 1 }, new Set([1])]])',
  'new Set([new Map()])',
  'new Uint8Array([1, 2])',
  'new Uint16Array([1, 2])',
  'new BigInt64Array([-1n])',
  'new DataView(new Uint8Array([1, 2]).buffer, 1)',
  'new Uint8Array([1, 2]).buffer',
  'new ArrayBuffer(1, { maxByteLength: 2 })',
  '[Object(1), Object("x"), Object(true), Object(1n)]',
  'new TypeError("m", { cause: new RangeError("why") })',
  'new EvalError()',
  'new AggregateError([new SyntaxError("m")])',
];

for (const source of sources) {
  const there: unknown = runInNewContext(source);
  const here: unknown = runInThisContext(source);
  t.test(source, async (t) => {
    t.not(Object.getPrototypeOf(there), Object.getPrototypeOf(here));
    for (const put of [
      (value: unknown) => value,
      (value: unknown) => ({ value }),
      (value: unknown) => [new Error('m'), value],
      (value: unknown) => [...Array.from({ length: 100 }, (_, id) => ({ id })), value],
    ]) {
      const arrived = deserialize(serialize(put(there)));
      t.strictSame(without(arrived), without(put(here)));
    }
  });
}

/** Stacks differ. */
function without(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) {
    value.stack = '';
    without(value.cause);
    if (value instanceof AggregateError) without(value.errors);
  } else if (!ArrayBuffer.isView(value)) {
    for (const one of Object.values(value)) without(one);
  }
  return value;
}
