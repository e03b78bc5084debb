// Objects whose contents only the runtime knows cannot be sent to another process. In some versions
// node:v8 would make an object without properties of them, so the writer refuses them.
import { createSecretKey, webcrypto } from 'node:crypto';
import { open } from 'node:fs/promises';
import { BlockList, SocketAddress } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import { structuredCloneSerializer } from 'smipc';
import t from 'tap';

const { deserialize, serialize } = structuredCloneSerializer;
// Types of it are a web page's.
const { Module } = Reflect.get(globalThis, 'WebAssembly');
const file = await open('/dev/null');
t.teardown(() => file.close());

const natives: Record<string, object> = {
  Blob: new Blob(['text']),
  'Blob with a property': Object.assign(new Blob(['text']), { id: 1 }),
  BlockList: new BlockList(),
  CryptoKey: await webcrypto.subtle.importKey('raw', new Uint8Array(16), 'AES-CBC', true, [
    'encrypt',
  ]),
  FileHandle: file,
  Histogram: createHistogram(),
  KeyObject: createSecretKey(Buffer.from('key')),
  MessagePort: new MessageChannel().port1,
  ReadableStream: new ReadableStream(),
  SharedArrayBuffer: new SharedArrayBuffer(1),
  SocketAddress: new SocketAddress({}),
  TransformStream: new TransformStream(),
  'WebAssembly.Module': new Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)),
  WritableStream: new WritableStream(),
};

for (const [what, value] of Object.entries(natives)) {
  t.test(what, async (t) => {
    const isPlainToSee = Object.keys(value).length > 0;
    const large = Array.from({ length: 3000 }, (_, id) => ({ id, rest: {} }));
    t.throws(() => serialize(value));
    t.throws(() => serialize({ value }));
    t.throws(() => serialize([new Map(), value]), 'behind something else that is not plain');
    t.throws(() => serialize(new Set([new Error('m'), value])), 'with an error');
    t.throws(() => serialize(new Error('m', { cause: value })), 'as a cause');
    if (isPlainToSee) return;
    // For a WebAssembly.Module node:v8 writes nothing at all: here it is the reader that notices.
    const clone = (one: unknown): unknown => deserialize(serialize(one));
    t.throws(() => clone({ large, value }), 'in a large value');
    t.throws(() => clone(Object.assign([large], { value })), 'as a name of an array');
  });
}

t.test('what looks like one, and is not', async (t) => {
  class Empty {}
  const empties = [new Empty(), Object.create(null), {}];
  for (const empty of empties) {
    const value = [new Map([[1, empty]]), ...Array.from({ length: 3000 }, () => empty)];
    t.same(deserialize(serialize(value)), [new Map([[1, {}]]), ...new Array(3000).fill({})]);
  }
  const long = Object.assign([new Empty()], { length: 2 ** 32 - 1 });
  const [, arrived] = deserialize(serialize([new Map(), long])) as [unknown, unknown[]];
  t.equal(arrived.length, long.length);
  t.strictSame(Object.entries(arrived), [['0', {}]]);
  const { signal } = new AbortController();
  t.same(deserialize(serialize({ signal, timeout: 5 })), { signal: {}, timeout: 5 });
});
