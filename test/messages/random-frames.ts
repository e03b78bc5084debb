// A hostile writer puts any bytes into the ring, in any pieces: the reader delivers exactly the frames
// that a simple parser finds in them, then the documented error or the end, and takes no memory that
// only a length has promised. For longer: `TEST_ROUNDS=100000 TAP_TIMEOUT=0 npm test -- <this file>`.
// A failure tells the seed of its round: `TEST_SEED=123 TEST_ROUNDS=1`.
import { once } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { serialize } from 'node:v8';
import {
  type Channel,
  type ChannelReadStream,
  createReadStream,
  openChannel,
  type ReadStreamOptions,
  remove,
  structuredCloneSerializer,
} from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { random } from '../fixtures/data/pattern.js';
import { newSeed } from '../fixtures/data/seed.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

const rounds = Number(process.env.TEST_ROUNDS ?? 400);
const roundLimitMs = 30_000;
const kMiB = 1024 * 1024;
const kLargest = 2 ** 32 - 1;
/** Far more than a round sends and than the garbage of some rounds; far less than a length promises. */
const kMostMemory = 512 * kMiB;

type Random = ReturnType<typeof random>;

/** How the bytes of a message become a value. */
interface Kind {
  options: Pick<ReadStreamOptions, 'messages' | 'objectMode' | 'serializer'>;
  framing: 'messages' | 'objects';
  body: (random: Random, isMany: boolean) => Uint8Array;
  /** Throws, or returns null: not a value. */
  value: (bytes: Uint8Array) => unknown;
}

const samples = [
  1,
  'text',
  [1, [2]],
  { a: { b: undefined } },
  new Map([[1, 'x']]),
  null,
  Buffer.from('b'),
];
const json = {
  serialize: (value: unknown) => Buffer.from(JSON.stringify(value)),
  deserialize: (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString()),
};

const kinds: Kind[] = [
  {
    options: { messages: true },
    framing: 'messages',
    body: randomBytes,
    value: (bytes) => bytes,
  },
  {
    options: { objectMode: true },
    framing: 'objects',
    body({ below }) {
      const sample = samples[below(samples.length)];
      return below(2) === 0 ? serialize(sample) : structuredCloneSerializer.serialize(sample);
    },
    value: structuredCloneSerializer.deserialize,
  },
  {
    options: { objectMode: true, serializer: json },
    framing: 'objects',
    body: ({ below }) => json.serialize([null, 0, 'x'.repeat(below(9000)), { a: [] }][below(4)]),
    value: json.deserialize,
  },
];

/** Mostly small, and now and then larger than what the reader takes at once, or assembles at first. */
function randomBytes({ below, between }: Random, isMany: boolean): Buffer {
  const isHuge = !isMany && below(150) === 0;
  const size = isHuge ? between(kMiB - 5, 2 * kMiB) : below(2 ** between(0, isMany ? 10 : 17));
  return Buffer.alloc(size, below(256));
}

function frame(length: number, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + body.length);
  bytes.writeUInt32LE(length);
  bytes.set(body, 4);
  return bytes;
}

/** Frames, and what a hostile or a broken writer makes of them. */
function randomStream(kind: Kind, maxMessageSize: number, random: Random): Buffer {
  const { below } = random;
  const parts: Buffer[] = [];
  // Several chunks of the reader's, or messages that go beyond one.
  const isMany = below(4) === 0;
  for (let count = below(isMany ? 1000 : 12); count > 0; count--) {
    const body = kind.body(random, isMany);
    const lie = [body.length + 1, body.length - 1, maxMessageSize, maxMessageSize + 1, kLargest, 0];
    const length = below(isMany ? 2000 : 10) === 0 ? (lie[below(lie.length)] ?? 0) : body.length;
    parts.push(frame(Math.min(Math.max(length, 0), kLargest), body));
  }
  let bytes = Buffer.concat(parts);
  if (below(4) === 0) bytes = bytes.subarray(0, below(bytes.length + 1));
  if (below(6) === 0) for (let i = below(4); i > 0; i--) bytes[below(bytes.length)] = below(256);
  if (below(10) === 0) bytes = Buffer.concat([bytes, Buffer.from([0, 0, 0, 0, 0].slice(below(5)))]);
  return bytes;
}

interface Outcome {
  values: unknown[];
  /** undefined: the end */
  code: string | undefined;
}

/** What docs/protocol.md says about these bytes. */
function parse(bytes: Buffer, kind: Kind, maxMessageSize: number, hasEnded: boolean): Outcome {
  const values: unknown[] = [];
  for (let from = 0; ; ) {
    const left = bytes.length - from;
    const size = left >= 4 ? bytes.readUInt32LE(from) : 0;
    if (size > maxMessageSize) return { values, code: 'ERR_SMIPC_MESSAGE_TOO_LARGE' };
    if (left < 4 + size) return { values, code: codeAtTheEnd(left, hasEnded) };
    from += 4 + size;
    const value = valueOrNull(kind, bytes.subarray(from - size, from));
    if (value === null) return { values, code: 'ERR_SMIPC_CORRUPT' };
    values.push(value);
  }
}

function codeAtTheEnd(left: number, hasEnded: boolean): string | undefined {
  if (!hasEnded) return 'ECONNRESET';
  return left === 0 ? undefined : 'ERR_SMIPC_CORRUPT';
}

function valueOrNull(kind: Kind, message: Uint8Array): unknown {
  try {
    return kind.value(message);
  } catch {
    return null;
  }
}

/** Puts the bytes into the ring, in pieces; false: the reader has left. */
async function feed(writer: Channel, bytes: Buffer, { below, between }: Random): Promise<boolean> {
  const most = 2 ** between(0, 17);
  const isHasty = below(2) === 0;
  try {
    for (let from = 0; from < bytes.length; ) {
      const piece = bytes.subarray(from, from + between(1, Math.max(most, bytes.length / 500)));
      if (isHasty) await writer.write(piece);
      from += isHasty ? piece.length : writer.tryWrite(piece);
      if (!isHasty) await someTurns(1);
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    return false;
  }
}

/** Everything that comes, by one of the ways to read. */
async function collect(reader: ChannelReadStream, { below }: Random): Promise<Outcome> {
  const values: unknown[] = [];
  const way = below(3);
  try {
    if (way === 0) {
      for await (const value of reader) values.push(value);
    } else {
      reader.on(way === 1 ? 'data' : 'readable', (value?: unknown) => {
        if (way === 1) values.push(value);
        else for (let next = reader.read(); next !== null; next = reader.read()) values.push(next);
      });
      await once(reader, 'end');
    }
    return { values, code: undefined };
  } catch (error) {
    return { values, code: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

async function runRound(name: string, seed: number): Promise<void> {
  const numbers = random(seed);
  const { below, between } = numbers;
  const kind = kinds[below(kinds.length)] as Kind;
  const maxMessageSize = [0, 1, 100, 5000, 70_000, 64 * kMiB, kLargest][below(7)] ?? 0;
  const bytes = randomStream(kind, maxMessageSize, numbers);
  const hasEnded = below(3) > 0;
  const expected = parse(bytes, kind, maxMessageSize, hasEnded);

  const capacity = 4096 * 2 ** below(6);
  const writer = openChannel(name, 'w', { framing: kind.framing, capacity });
  const signal = AbortSignal.timeout(roundLimitMs);
  const highWaterMark = between(1, 20);
  const options = { ...kind.options, maxMessageSize, highWaterMark, signal };
  const collected = collect(createReadStream(name, options), numbers);
  if (below(2) === 0) await someTurns(1);
  const isFed = await feed(writer, bytes, numbers);
  if (hasEnded) writer.end();
  await writer.close();

  const { values, code } = await collected;
  const what = `seed ${seed}: ${values.length} of ${expected.values.length} messages, then`;
  if (code !== expected.code) throw new Error(`${what} ${code} instead of ${expected.code}`);
  if (!isDeepStrictEqual(values, expected.values)) throw new Error(`${what} ${code}: they differ`);
  if (!isFed && expected.code === undefined) throw new Error(`${what} the reader left`);
  const { arrayBuffers } = process.memoryUsage();
  if (arrayBuffers > kMostMemory) throw new Error(`${what} ${arrayBuffers} bytes of buffers`);
}

t.test(`${rounds} rounds`, async (t) => {
  const name = uniqueName(t);
  const seed = newSeed(t);
  for (let round = 0; round < rounds; round++) {
    await runRound(name, seed + round);
    removeIfThere(name);
  }
});

for (const [what, options, framing] of [
  ['a message', { messages: true }, 'messages'],
  ['an object', { objectMode: true }, 'objects'],
] as const) {
  t.test(`${what} of 4 GiB that does not come`, async (t: Test) => {
    const name = uniqueName(t);
    const writer = openChannel(name, 'w', { framing });
    const reader = createReadStream(name, { ...options, maxMessageSize: kLargest });
    const failed = once(reader, 'error');
    reader.on('data', () => t.fail('it was not whole'));
    const before = process.memoryUsage().arrayBuffers;
    await writer.write(frame(kLargest, Buffer.alloc(100)));
    await until(() => reader.bytesRead === 104, 'the reader knows the length');
    t.ok(process.memoryUsage().arrayBuffers - before < 4 * kMiB);
    await writer.close();
    t.match(await failed, [{ code: 'ECONNRESET' }]);
  });
}

function removeIfThere(name: string): void {
  try {
    remove(name, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
