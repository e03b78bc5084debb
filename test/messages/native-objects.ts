// Objects whose contents only the runtime knows cannot be sent to another process. To JavaScript they look
// like objects without properties, so it is the writer that refuses them, wherever they stand.
import { createSecretKey, webcrypto } from 'node:crypto';
import { open } from 'node:fs/promises';
import { BlockList, SocketAddress } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import { runInNewContext } from 'node:vm';
import { structuredCloneSerializer } from 'smipc';
import t from 'tap';

const { deserialize, serialize } = structuredCloneSerializer;
// Types of it are a web page's.
const { Memory, Module } = Reflect.get(globalThis, 'WebAssembly');
const file = await open('/dev/null');
t.teardown(() => file.close());
const { port1, port2 } = new MessageChannel();
t.teardown(() => port1.close());

const natives: Record<string, object> = {
  AbortSignal: new AbortController().signal,
  Iterator: [1].values(),
  AsyncGenerator: (async function* () {})(),
  Blob: new Blob(['text']),
  'Blob with a property': Object.assign(new Blob(['text']), { id: 1 }),
  BlockList: new BlockList(),
  CryptoKey: await webcrypto.subtle.importKey('raw', new Uint8Array(16), 'AES-CBC', true, [
    'encrypt',
  ]),
  Event: new Event('e'),
  EventTarget: new (class extends EventTarget { count = 1; })(), // biome-ignore format: one line
  FileHandle: file,
  Generator: (function* () {})(),
  Headers: new Headers(),
  Histogram: createHistogram(),
  'Intl.NumberFormat': new Intl.NumberFormat('en'),
  KeyObject: createSecretKey(Buffer.from('key')),
  MessagePort: port2,
  Module: await import('../fixtures/data/pattern.js'),
  Promise: Promise.resolve(),
  'Promise of a class': new (class Task extends Promise<void> {})(() => {}),
  'Promise of another realm': runInNewContext('Promise.resolve()'),
  ReadableStream: new ReadableStream(),
  Response: new Response('text'),
  SharedArrayBuffer: new SharedArrayBuffer(1),
  SocketAddress: new SocketAddress({}),
  TextDecoder: new TextDecoder(),
  TransformStream: new TransformStream(),
  URL: new URL('file:///'),
  URLSearchParams: new URLSearchParams(),
  WeakMap: new WeakMap(),
  'WeakMap of a class': new (class Cache extends WeakMap {})(),
  'WebAssembly.Memory': new Memory({ initial: 1 }),
  'WebAssembly.Module': new Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)),
  WeakRef: new WeakRef({}),
  WritableStream: new WritableStream(),
};

for (const [what, value] of Object.entries(natives)) {
  t.test(what, async (t) => {
    const large = Array.from({ length: 3000 }, (_, id) => ({ id, rest: {} }));
    const [name] = what.split(' ') as [string];
    const message = new RegExp(`of the class .*${name}.* could not be cloned: only`);
    for (const put of [
      value,
      { value },
      [new Map(), value],
      new Set([new Error('m'), value]),
      new Error('m', { cause: value }),
      new AggregateError([value], 'm'),
      { large, value },
      Object.assign([large], { value }),
      Object.assign(Object.create(null), { value }),
    ]) {
      t.throws(() => serialize(put), { name: 'DataCloneError', message });
    }
  });
}

t.test('what looks like one, and is not', async (t) => {
  class Empty {}
  class Tagged {
    get [Symbol.toStringTag]() {
      return 'URL';
    }
  }
  // As native classes have it, but of no name that is known.
  class Money {}
  Object.defineProperty(Money.prototype, Symbol.toStringTag, { value: 'Money' });
  const inherits = Object.create(Map.prototype);
  // Their constructors have no source text that could be read.
  class Bound {}
  Object.assign(Bound.prototype, { constructor: Bound.bind(undefined) });
  class Proxied {}
  Object.assign(Proxied.prototype, { constructor: new Proxy(Proxied, {}) });
  const empties = [
    new Empty(),
    new Tagged(),
    new Money(),
    new Bound(),
    new Proxied(),
    Object.create(null),
    Object.create({}),
    inherits,
    {},
    runInNewContext('new (class Empty {})()'),
  ];
  for (const empty of empties) {
    t.strictSame(deserialize(serialize(empty)), {});
    const value = [new Map([[1, empty]]), ...Array.from({ length: 3000 }, () => empty)];
    t.same(deserialize(serialize(value)), [new Map([[1, {}]]), ...new Array(3000).fill({})]);
  }
  const long = Object.assign([new Empty()], { length: 2 ** 32 - 1 });
  const [, arrived] = deserialize(serialize([new Map(), long])) as [unknown, unknown[]];
  t.equal(arrived.length, long.length);
  t.strictSame(Object.entries(arrived), [['0', {}]]);
});
