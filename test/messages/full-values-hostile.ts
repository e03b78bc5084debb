// A hostile writer's bytes in the full format: the reader makes a value of them or fails, and takes no
// memory because of what they promise.
import { structuredCloneSerializer } from 'smipc';
import t from 'tap';
import {
  checkCuts,
  checkRandomChanges,
  nested,
  textBytes,
} from '../fixtures/data/hostile-bytes.js';

const { deserialize, serialize } = structuredCloneSerializer;

const once = { id: 1 };
const sample = [
  new RangeError('m', { cause: once }),
  new AggregateError([once], 'm'),
  new DOMException('m', 'AbortError'),
  [1n, -300n, Object('boxed'), /x/g],
  new Map<unknown, unknown>([[once, new Set(['€', 1.5])]]),
  Object.assign([1], { 5: 2, name: 'x' }),
  [
    new Uint16Array(2),
    new Uint8Array(3).buffer,
    Buffer.from('b'),
    new DataView(new ArrayBuffer(1)),
  ],
  { once, at: new Date(1) },
];

t.test('cut anywhere', async (t) => {
  t.equal(serialize(sample)[0], 2);
  checkCuts(t, sample);
});

const huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
const lies: Record<string, [number[], RegExp]> = {
  'a tag that nobody knows': [[0x7f], /unknown tag \(127\)/],
  'a hole that is nowhere': [[0x18], /unknown tag \(24\)/],
  'a reference to nothing': [[0x0c, 0], /refers to an object/],
  'a reference forwards': [[9, 2, 0x0c, 1, 9, 0], /refers to an object/],
  'a reference far away': [[9, 1, 0x0c, ...huge], /refers to an object/],
  'a count that does not end': [[9, 0xff, 0xff, 0xff, 0xff, 0x1f, 0], /impossible count/],
  'an array of 2^32 elements': [[9, ...huge, 0], /cut/],
  'a map of as many': [[0x12, ...huge, 0, 0], /cut/],
  'a set of as many': [[0x13, ...huge, 0], /cut/],
  'a text of as many': [[6, ...huge], /cut/],
  'a bigint of as many': [[0x0f, ...huge], /cut/],
  'memory of as many': [[0x15, ...huge], /cut/],
  'a view of as many': [[0x17, 4, ...huge], /cut/],
  'a view of no kind': [[0x17, 99, 0], /unknown kind \(99\)/],
  'a view of half an element': [[0x17, 4, 1, 0], /Uint16Array of 1 bytes/],
  'memory beyond its most': [[0x16, 1, 2, 0, 0], /larger than its maxByteLength/],
  'an index behind the end': [[0x14, 2, 1, ...textBytes('7'), 0x81], /changes the length/],
  'another length': [[0x14, 2, 1, ...textBytes('length'), 0x81], /changes the length/],
  'a regular expression that is none': [[0x11, ...textBytes('('), 0], /regular expression/],
  'an error of no kind': [
    [0x0d, ...textBytes('Function'), 0],
    /unknown kind of error \(Function\)/,
  ],
  'an error with more': [[0x0d, ...textBytes('Error'), 16], /unknown fields \(16\)/],
  'an object in an object of a primitive': [[0x10, 8, 0], /boxed primitive/],
  'nothing in an object of a primitive': [[0x10, 0], /boxed primitive/],
  'itself in an object of a primitive': [[0x10, 0x10, 0x81], /boxed primitive/],
  'arrays in arrays': [[...nested(1001, 9, 1), 0], /more than 1000 deep/],
  'maps in maps': [[...nested(1001, 0x12, 1, 0), 0], /more than 1000 deep/],
  'causes in causes': [[...nested(1001, 0x0d, ...textBytes('Error'), 4), 0], /more than 1000 deep/],
};

for (const [what, [bytes, message]] of Object.entries(lies)) {
  t.test(what, async (t) => {
    t.throws(() => deserialize(Uint8Array.from([2, ...bytes])), { message });
  });
}

t.test('none of it stands in a plain message', async (t) => {
  for (let tag = 0x0c; tag < 0x80; tag++) {
    t.throws(() => deserialize(Uint8Array.from([1, tag, 0, 0, 0])), { message: /unknown tag/ });
  }
  t.throws(() => deserialize(Uint8Array.from([1, 9, 1, 0x18])), { message: /unknown tag \(24\)/ });
});

t.test('a length without elements takes no memory', async (t) => {
  const count = 1000;
  const before = process.memoryUsage().rss;
  const arrays = deserialize(
    Uint8Array.from([2, 9, 0xe8, 0x07, ...nested(count, 0x14, 0x80, 0x80, 0x80, 0x0f, 0)]),
  ) as unknown[][];
  t.equal(arrays.length, count);
  t.equal(arrays[0]?.length, 15 * 2 ** 21);
  t.ok(process.memoryUsage().rss - before < 2 ** 30);
});

t.test('random changes', async (t) => checkRandomChanges(t, sample));
