// A hostile writer's bytes in the plain format: the reader makes a value of them or fails, whatever they
// promise.
import { structuredCloneSerializer } from 'smipc';
import t from 'tap';
import { streamPair } from '../fixtures/channels/pair.js';
import {
  checkCuts,
  checkRandomChanges,
  nested,
  textBytes,
} from '../fixtures/data/hostile-bytes.js';

const { deserialize, serialize } = structuredCloneSerializer;

const sample = {
  id: 1,
  at: new Date(1),
  half: 0.5,
  text: 'x'.repeat(100),
  wide: '€€',
  list: [true, null, undefined, { a: Buffer.from('b') }],
  bytes: new Uint8Array(3),
};

t.test('cut anywhere', async (t) => checkCuts(t, sample));

const kMostBytes = 16 * 1024;
const huge = [0xff, 0xff, 0x7f];
const lies: Record<string, [number[], RegExp]> = {
  'a tag that nobody knows': [[1, 0x7f], /unknown tag \(127\)/],
  'an array of 2^21 elements': [[1, 9, ...huge], /cut/],
  'an object of as many': [[1, 8, ...huge], /cut/],
  'a text of as many': [[1, 6, ...huge], /cut/],
  'bytes of as many': [[1, 10, ...huge], /cut/],
  'a count that does not end': [[1, 9, 0xff, 0xff, 0xff, 1], /impossible count/],
  'arrays in arrays': [[1, ...nested(65, 9, 1), 0], /more than 64 deep/],
  'objects in objects': [[1, ...nested(65, 8, 1, 0), 0], /more than 64 deep/],
  'more bytes than a message may have': [
    [1, 10, 0xfd, 0x7f, ...new Array(kMostBytes - 3).fill(0)],
    /limit of 16384/,
  ],
};

for (const [what, [bytes, message]] of Object.entries(lies)) {
  t.test(what, async (t) => {
    t.throws(() => deserialize(Uint8Array.from(bytes)), { message });
  });
}

t.test('as much as may be', async (t) => {
  const deep = deserialize(Uint8Array.from([1, ...nested(64, 9, 1), 0]));
  t.equal(JSON.stringify(deep), `${'['.repeat(64)}null${']'.repeat(64)}`);
  const wide = deserialize(Uint8Array.from([1, 9, 100, ...new Array(100).fill([9, 0]).flat()]));
  t.same(
    wide,
    Array.from({ length: 100 }, () => []),
    'beside each other there may be more',
  );
  const most = [1, 10, 0xfc, 0x7f, ...new Array(kMostBytes - 4).fill(0)];
  t.equal((deserialize(Uint8Array.from(most)) as Uint8Array).length, kMostBytes - 4);
});

t.test('a key that comes twice, and one that is inherited', async (t) => {
  const [a, proto] = [textBytes('a'), textBytes('__proto__')];
  const message = [1, 8, 3, ...a, 0x81, ...proto, 9, 0, ...a, 0x82];
  const value = deserialize(Uint8Array.from(message)) as object;
  t.equal(Object.getPrototypeOf(value), Object.prototype);
  t.strictSame(Object.entries(value), [
    ['a', 2],
    ['__proto__', []],
  ]);
});

t.test('other first bytes, and none', async (t) => {
  for (const bytes of [[], [0], [3, 0], [0x80], [0xff], [0xfe, 1]]) {
    t.throws(() => deserialize(Uint8Array.from(bytes)), Error, `[${bytes}]`);
  }
});

t.test('memory that is shared', async (t) => {
  const message = serialize(sample);
  const shared = new Uint8Array(new SharedArrayBuffer(message.length));
  shared.set(message);
  t.same(deserialize(shared), sample);
});

t.test('random changes', async (t) => checkRandomChanges(t, sample));

t.test('through a stream', async (t) => {
  const asTheyAre = { serialize: (bytes: unknown) => bytes as Uint8Array, deserialize };
  const { writer, reader } = streamPair(
    t,
    { objectMode: true, serializer: asTheyAre },
    { objectMode: true },
  );
  writer.on('error', () => {}); // the reader will have left
  writer.write(serialize(sample));
  writer.write(Uint8Array.from([1, 0x7f]));
  const values: unknown[] = [];
  const reading = (async () => {
    for await (const value of reader) values.push(value);
  })();
  await t.rejects(reading, {
    code: 'ERR_SMIPC_CORRUPT',
    cause: { message: 'the message has an unknown tag (127)' },
  });
  t.same(values, [sample]);
});
