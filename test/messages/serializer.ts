// A serializer of one's own, JSON here; and what happens when it fails.
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';

const json = {
  serialize: (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value)),
  deserialize: (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString()),
};

function pairWith(t: Test, change: object) {
  const options = { objectMode: true, serializer: { ...json, ...change } };
  return streamPair(t, options, options);
}

t.test('JSON', async (t) => {
  const { writer, reader } = pairWith(t, {});
  const values = [1, 'two', { three: [4, null] }, [], false];
  for (const value of values) writer.write(value);
  writer.end();
  t.strictSame(await reader.toArray(), values);
});

t.test('its methods are called on it', async (t) => {
  class Counting {
    readonly #json = json;
    serialize(value: unknown) {
      return this.#json.serialize(value);
    }
    deserialize(bytes: Uint8Array) {
      return this.#json.deserialize(bytes);
    }
  }
  const options = { objectMode: true, serializer: new Counting() };
  const { writer, reader } = streamPair(t, options, options);
  writer.end({ a: 1 });
  t.strictSame(await reader.toArray(), [{ a: 1 }]);
});

t.test('serialize() throws', async (t) => {
  const { writer } = pairWith(t, {
    serialize: () => {
      throw new Error('not this one');
    },
  });
  const failed = once(writer, 'error');
  writer.write('x');
  t.match(await failed, [{ message: 'not this one' }]);
  t.equal(writer.bytesWritten, 0);
});

for (const wrong of ['text', undefined, null, 5, [1, 2], new Uint16Array([300]), {}]) {
  t.test(`serialize() makes ${Object.prototype.toString.call(wrong)}`, async (t) => {
    const { writer } = pairWith(t, { serialize: () => wrong });
    const result = new Promise((resolve) => writer.write('x', resolve));
    writer.on('error', () => {});
    t.match(await result, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    t.equal(writer.bytesWritten, 0);
  });
}

for (const [what, deserialize] of [
  [
    'throws',
    () => {
      throw new TypeError('not valid');
    },
  ],
  // null is Node's sign for the end.
  ['makes null', () => null],
] as const) {
  t.test(`deserialize() ${what}`, async (t) => {
    const { writer, reader } = pairWith(t, { deserialize });
    writer.on('error', () => {});
    writer.write('x');
    const error = { code: 'ERR_SMIPC_CORRUPT', syscall: 'read', cause: { name: 'TypeError' } };
    await t.rejects(reader.toArray(), error);
    t.ok(reader.destroyed);
  });
}
