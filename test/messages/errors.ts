// An Error arrives as what it is, wherever it stands in a value, and as node:v8 clones it: with none of
// its own properties but message, stack and cause.
import { deserialize, serialize } from 'node:v8';
import { structuredCloneSerializer } from 'smipc';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

function clone(value: unknown): unknown {
  return structuredCloneSerializer.deserialize(structuredCloneSerializer.serialize(value));
}

/** What there is to say about an error. */
function facts(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { cause } = Object.getOwnPropertyDescriptors(error);
  return {
    kind: Object.getPrototypeOf(error),
    name: error.name,
    hasMessage: Object.hasOwn(error, 'message'),
    message: error.message,
    stack: error.stack,
    cause: cause && { ...cause, value: facts(cause.value) },
    keys: Object.keys(error),
    enumerable: Object.entries(Object.getOwnPropertyDescriptors(error))
      .filter(([, property]) => property.enumerable)
      .map(([key]) => key),
  };
}

/** Without a message of its own. */
const bare = (): Error => Reflect.construct(Error, []);

class Named extends TypeError {
  override name = 'Named';
}
const without = (error: Error, ...keys: string[]): Error => {
  for (const key of keys) Reflect.deleteProperty(error, key);
  return error;
};
const defined = (error: Error, key: string, property: PropertyDescriptor): Error =>
  Object.defineProperty(error, key, property);

const errors: Record<string, Error> = {
  Error: new Error('m'),
  EvalError: new EvalError('m'),
  RangeError: new RangeError('m'),
  ReferenceError: new ReferenceError('m'),
  SyntaxError: new SyntaxError('m'),
  TypeError: new TypeError('m'),
  URIError: new URIError('€'),
  'no message': bare(),
  'an empty message': Object.assign(new Error('m'), { message: '' }),
  'no stack': without(new Error('m'), 'stack'),
  'neither': without(bare(), 'stack'), // biome-ignore format: as the others
  'a stack that is no text': defined(new Error('m'), 'stack', { value: 5 }),
  'a long stack': defined(new Error('m'), 'stack', { value: 'x€'.repeat(20_000) }),
  'a message that is no text': defined(bare(), 'message', { value: { toString: () => 'm' } }),
  'a getter for a message': defined(new Error('m'), 'message', { get: () => 'other' }),
  'a name that is known': Object.assign(new Error('m'), { name: 'RangeError' }),
  'a name that is not': Object.assign(new TypeError('m'), { name: 'AbortError' }),
  'a class': new Named('m'),
  'a class without a name': new (class Other extends RangeError {})('m'),
  'own properties': Object.assign(new Error('m'), { code: 'E', detail: {} }),
  'a plain prototype': Object.setPrototypeOf(new RangeError('m'), Object.prototype),
  'no prototype': Object.setPrototypeOf(new RangeError('m'), null),
  'cause: an error': new Error('m', { cause: new RangeError('why', { cause: new Error('deep') }) }),
  'cause: text': new Error('m', { cause: 'why' }),
  'cause: an object': new Error('m', { cause: { a: [1, new Date(1)] } }),
  'cause: undefined': new Error('m', { cause: undefined }),
  'cause: null': new Error('m', { cause: null }),
  'cause: enumerable': Object.assign(new Error('m'), { cause: 1 }),
  'cause: a getter': defined(new Error('m'), 'cause', { get: () => 1 }),
};

for (const [what, error] of Object.entries(errors)) {
  t.test(what, async (t) => {
    t.strictSame(facts(clone(error)), facts(deserialize(serialize(error))));
  });
}

function errorsIn(value: unknown): Error[] {
  if (value instanceof Error) return [value];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  const isCollection = value instanceof Map || value instanceof Set;
  return (isCollection ? [...value].flat() : Object.values(value)).flatMap(errorsIn);
}

const once = new Error('once');
const wheres: Record<string, (error: Error) => unknown> = {
  object: (error) => ({ id: 1, error, at: new Date(1) }),
  array: (error) => [1, error],
  'array with a hole': (error) => Object.assign([1], { 2: error }),
  'array with a name': (error) => Object.assign([1], { error }),
  'value of a map': (error) => new Map([['error', error]]),
  'key of a map': (error) => new Map([[error, 1]]),
  set: (error) => new Set([1, error]),
  class: (error) => new (class Result { error = error; })(), // biome-ignore format: one line
  'no prototype': (error) => Object.assign(Object.create(null), { error }),
  'behind a getter': (error) => ({ get error() { return error; } }), // biome-ignore format: one line
  'behind 20 KB': (error) => [new Uint8Array(20_000).fill(1), 'x'.repeat(20_000), error],
  'among a thousand objects': (error) => [
    ...Array.from({ length: 1000 }, (_, id) => ({ id })),
    error,
  ],
  'behind a map': (error) => [new Map([[1, 2]]), 1n, error],
  deep: (error) => Array.from({ length: 900 }).reduce((inside) => [inside], error),
};

for (const [what, put] of Object.entries(wheres)) {
  t.test(`in: ${what}`, async (t) => {
    const arrived = errorsIn(clone(put(new TypeError('m', { cause: 'why' }))));
    t.equal(arrived.length, 1);
    t.ok(arrived[0] instanceof TypeError);
    t.match(arrived[0], { message: 'm', cause: 'why' });
  });
}

t.test('one error, in two places', async (t) => {
  const [first, second, map] = clone([once, once, new Map([[once, once]])]) as [
    Error,
    Error,
    Map<Error, Error>,
  ];
  t.ok(first instanceof Error);
  t.equal(first, second);
  t.equal(map.get(first), first);
});

t.test('an error within itself', async (t) => {
  const error = new Error('m');
  error.cause = { error, list: [error] };
  const arrived = clone(error) as { cause: { error: unknown; list: unknown[] } };
  t.equal(arrived.cause.error, arrived);
  t.equal(arrived.cause.list[0], arrived);
  const map = new Map<string, unknown>();
  map.set('error', new Error('m', { cause: map }));
  const arrivedMap = clone(map) as Map<string, Error>;
  t.equal(arrivedMap.get('error')?.cause, arrivedMap);
});

t.test('AggregateError', async (t) => {
  const inner = new RangeError('one', { cause: 1 });
  const error = new AggregateError([inner, 'two', inner], 'all', { cause: 'why' });
  const arrived = clone({ error }) as { error: AggregateError };
  t.ok(arrived.error instanceof AggregateError);
  t.match(arrived.error, { message: 'all', cause: 'why', stack: error.stack });
  const { errors } = arrived.error;
  t.ok(errors[0] instanceof RangeError && errors[0] === errors[2]);
  t.match(errors, [{ message: 'one', cause: 1 }, 'two', { message: 'one' }]);
  t.strictSame(Object.keys(arrived.error), []);
  t.throws(() => clone(new AggregateError([() => {}], 'm')), { name: 'DataCloneError' });
  t.throws(() => clone(new AggregateError([Promise.resolve()], 'm')), /could not be cloned/);
});

t.test('DOMException', async (t) => {
  const { signal } = new AbortController();
  const { reason } = AbortSignal.abort();
  t.notOk(signal.aborted);
  const own = Object.assign(new DOMException('not so', 'DataError'), { detail: 1 });
  for (const error of [reason, own, new DOMException()]) {
    for (const value of [error, [new Map(), ...Array.from({ length: 100 }, () => ({})), error]]) {
      const all = clone(value);
      const arrived = Array.isArray(all) ? all.at(-1) : all;
      t.ok(arrived instanceof DOMException);
      const { name, message, code, stack } = error;
      t.match(arrived, { name, message, code, stack });
    }
  }
});

t.test('what cannot be cloned within an error', async (t) => {
  for (const cause of [
    () => {},
    Symbol('s'),
    new WeakMap(),
    Promise.resolve(),
    new Proxy({}, {}),
  ]) {
    t.throws(() => clone(new Error('m', { cause })), /could not be cloned/);
  }
  const deep = Array.from({ length: 1100 }).reduce((inside) => [inside], new Error('m'));
  t.throws(() => clone(deep), { name: 'DataCloneError', message: /nested more than 1000 deep/ });
});

t.test('stackTraceLimit stays as it is', async (t) => {
  t.teardown(() => Object.defineProperty(Error, 'stackTraceLimit', { value: 10, writable: true }));
  const message = structuredCloneSerializer.serialize(once);
  for (const property of [{ value: 7 }, { value: 7, writable: false }, { value: undefined }]) {
    Object.defineProperty(Error, 'stackTraceLimit', { writable: true, ...property });
    t.match(structuredCloneSerializer.deserialize(message), { message: 'once', stack: once.stack });
    t.equal(Error.stackTraceLimit, property.value);
  }
});

t.test('through a stream', async (t) => {
  const { writer, reader } = streamPair(t, { objectMode: true }, { objectMode: true });
  const values = [once, { once }, 'between', new AggregateError([once], 'm')];
  for (const value of values) writer.write(value);
  writer.end();
  t.same(await reader.toArray(), values);
});
