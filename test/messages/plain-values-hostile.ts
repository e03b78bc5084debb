// A hostile writer's bytes in the plain format: the reader makes a value of them or fails, and takes no
// more memory, time or stack than so many bytes may. For longer: `TEST_ROUNDS=1000000 npx tap --timeout=0
// <this file>`.
import { structuredCloneSerializer } from 'smipc';
import t from 'tap';
import { streamPair } from '../fixtures/pair.js';
import { random } from '../fixtures/pattern.js';
import { newSeed } from '../fixtures/seed.js';

const rounds = Number(process.env.TEST_ROUNDS ?? 20_000);
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

/** What was thrown; undefined: they could be read. */
function failure(bytes: Uint8Array): unknown {
  try {
    deserialize(bytes);
    return undefined;
  } catch (error) {
    return error;
  }
}

t.test('cut anywhere', async (t) => {
  const whole = serialize(sample);
  t.same(deserialize(whole), sample);
  for (let size = 0; size < whole.length; size++) {
    const error = failure(whole.subarray(0, size));
    if (!(error instanceof Error)) t.fail(`${size} bytes of ${whole.length} were read`);
  }
  const more = Buffer.concat([whole, Buffer.from([0])]);
  t.throws(() => deserialize(more), { message: /goes on behind its value/ });
});

/** Many of the same bytes, one in the other. */
const nested = (...bytes: number[]) => [1, ...Array.from({ length: 100_000 }, () => bytes).flat()];
const huge = [0xff, 0xff, 0xff, 0x3f];
const lies: Record<string, [number[], RegExp]> = {
  'a tag that nobody knows': [[1, 0x7f], /unknown tag \(127\)/],
  'an array of 2^27 elements': [[1, 9, ...huge], /cut/],
  'an object of as many': [[1, 8, ...huge], /cut/],
  'a text of as many': [[1, 6, ...huge], /cut/],
  'bytes of as many': [[1, 10, ...huge], /cut/],
  'a count that does not end': [[1, 9, 0xff, 0xff, 0xff, 0xff, 0xff, 1], /impossible count/],
  'arrays in arrays': [nested(9, 1), /too deep/],
  'objects in objects': [nested(8, 1, 0), /too deep/],
};

for (const [what, [bytes, message]] of Object.entries(lies)) {
  t.test(what, async (t) => {
    const before = process.memoryUsage().rss;
    t.throws(() => deserialize(Uint8Array.from(bytes)), { message });
    t.ok(
      process.memoryUsage().rss - before < 64 * 1024 * 1024,
      'no memory for what is only promised',
    );
  });
}

t.test('random changes', async (t) => {
  const seed = newSeed(t);
  const { below } = random(seed);
  const whole = serialize(sample);
  let failed = 0;
  for (let round = 0; round < rounds; round++) {
    const bytes = Uint8Array.from(
      whole.subarray(0, below(8) === 0 ? below(whole.length) : undefined),
    );
    // The first byte stays: that of node:v8 is for node:v8 to check.
    for (let i = 1 + below(4); i > 0; i--) bytes[1 + below(bytes.length)] = below(256);
    const error = failure(bytes);
    if (error === undefined) continue;
    failed++;
    if (!(error instanceof Error) || error instanceof RangeError) t.fail(`${error}, seed ${seed}`);
  }
  t.ok(failed > 0 && failed < rounds, `${failed} of ${rounds} failed`);
});

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
