// A hostile writer puts any bytes into the ring of a resumable channel: the reader delivers exactly the
// whole frames that a simple parser finds there, then the documented error or the end, and nothing
// behind an error. A frame that is not whole is an error at once, so all pieces but the last are whole
// frames. For longer, and to repeat a failure: as test/messages/random-frames.ts.
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type ChannelReadStream,
  createReadStream,
  createWriteStream,
  type ReadStreamOptions,
  structuredCloneSerializer,
} from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import {
  headerBytes,
  offsets,
  patch,
  patchBytes,
  peekPosition,
} from '../fixtures/channels/segment.js';
import { random } from '../fixtures/data/pattern.js';
import { newSeed } from '../fixtures/data/seed.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

const rounds = Number(process.env.TEST_ROUNDS ?? 250);
const kMiB = 1024 * 1024;
const kLargest = 2 ** 32 - 1;
const kLengthBytes = 4;
/** Far more than a round sends and than the garbage of some rounds; far less than a length promises. */
const kMostMemory = 256 * kMiB;

type Random = ReturnType<typeof random>;

interface Kind {
  options: Pick<ReadStreamOptions, 'messages' | 'objectMode'>;
  body: (random: Random, most: number) => Uint8Array;
  /** Throws, or returns null: not a value. */
  value: (bytes: Uint8Array) => unknown;
}

const kinds: Kind[] = [
  {
    options: { messages: true },
    body: ({ below }, most) => Buffer.alloc(below(below(3) === 0 ? most + 1 : 200), below(256)),
    value: (bytes) => bytes,
  },
  {
    options: { objectMode: true },
    body({ below }) {
      const sample = [1, 'text', [1, [2]], new Map([[1, 'x']]), null][below(5)];
      return structuredCloneSerializer.serialize(sample);
    },
    value: structuredCloneSerializer.deserialize,
  },
];

function frame(length: number, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(kLengthBytes + body.length);
  bytes.writeUInt32LE(length);
  bytes.set(body, kLengthBytes);
  return bytes;
}

/** Whole frames, in pieces that fit in the ring. */
function randomPieces(kind: Kind, capacity: number, random: Random): Buffer[] {
  const { below, between } = random;
  const pieces: Buffer[] = [];
  for (let count = below(12); count > 0; count--) {
    const frames: Buffer[] = [];
    let size = 0;
    for (let more = between(1, 30); more > 0; more--) {
      const body = kind.body(random, capacity - kLengthBytes);
      if (size + kLengthBytes + body.length > capacity) break;
      frames.push(frame(body.length, body));
      size += kLengthBytes + body.length;
    }
    pieces.push(Buffer.concat(frames));
  }
  return pieces;
}

/** What a hostile writer ends with. */
function randomRest(kind: Kind, capacity: number, most: number, random: Random): Buffer {
  const { below, between } = random;
  const body = kind.body(random, capacity - 100);
  const whole = frame(body.length, body);
  const lies = [body.length + 1, capacity, capacity - 3, most, most + 1, kLargest];
  const lie = frame(Math.min(lies[below(lies.length)] ?? 0, kLargest), body);
  const bytes = [
    Buffer.alloc(0),
    whole.subarray(0, between(1, whole.length)),
    lie,
    Buffer.concat([whole, lie, whole]),
    Buffer.from(Array.from({ length: between(1, 50) }, () => below(256))),
    // As much as there can be, so that it may look as if more were to come.
    Buffer.concat([lie, Buffer.alloc(capacity)]),
  ][below(6)] as Buffer;
  return bytes.subarray(0, capacity);
}

interface Outcome {
  values: unknown[];
  /** undefined: none */
  code: string | undefined;
}

/** What docs/protocol.md says about these bytes. */
function parse(bytes: Buffer, kind: Kind, maxMessageSize: number): Outcome {
  const values: unknown[] = [];
  for (let from = 0; from < bytes.length; ) {
    const left = bytes.length - from - kLengthBytes;
    const size = left >= 0 ? bytes.readUInt32LE(from) : 0;
    if (size > maxMessageSize) return { values, code: 'ERR_SMIPC_MESSAGE_TOO_LARGE' };
    if (left < size) return { values, code: 'ERR_SMIPC_CORRUPT' };
    from += kLengthBytes + size;
    const value = valueOrNull(kind, bytes.subarray(from - size, from));
    if (value === null) return { values, code: 'ERR_SMIPC_CORRUPT' };
    values.push(value);
  }
  return { values, code: undefined };
}

function valueOrNull(kind: Kind, message: Uint8Array): unknown {
  try {
    return kind.value(message);
  } catch {
    return null;
  }
}

/** Publishes bytes by itself; what is rung and said of the writer's role, a stream does for it. */
class RawWriter {
  readonly #options: { dir: string; capacity: number; resume: true };
  readonly #path: string;
  #owner: ReturnType<typeof createWriteStream>;
  #head = 0;

  constructor(dir: string, capacity: number, kind: Kind) {
    this.#options = { ...kind.options, dir, capacity, resume: true };
    this.#path = join(dir, 'a');
    this.#owner = createWriteStream('a', this.#options);
  }

  hasRoomFor(size: number): boolean {
    const used = this.#head - peekPosition(this.#path, offsets.tail);
    return size <= this.#options.capacity - used;
  }

  /** The reader hears of it when the role is left, and when the next owner takes it over there. */
  async put(bytes: Buffer): Promise<void> {
    const at = this.#head % this.#options.capacity;
    const toTheEnd = bytes.subarray(0, this.#options.capacity - at);
    patchBytes(this.#path, headerBytes + at, toTheEnd);
    patchBytes(this.#path, headerBytes, bytes.subarray(toTheEnd.length));
    this.#head += bytes.length;
    patch(this.#path, offsets.head, BigInt(this.#head));
    await this.leave();
    this.#owner = createWriteStream('a', this.#options);
  }

  /** Only a number by which the reader knows what was handed out before. */
  pretendDelivered(position: number): void {
    patch(this.#path, offsets.delivered, BigInt(position));
  }

  end(): void {
    this.#owner.end();
  }

  async leave(): Promise<void> {
    if (this.#owner.closed) return;
    const closed = new Promise((resolve) => this.#owner.once('close', resolve));
    this.#owner.destroy();
    await closed;
  }
}

/** A reader, and what it has delivered by one of the ways to read. */
class Collector {
  readonly values: unknown[] = [];
  readonly closed: Promise<void>;
  code: string | undefined;
  isClosed = false;
  hasEnded = false;
  isLate = false;
  readonly #reader: ChannelReadStream;

  constructor(reader: ChannelReadStream, way: number, most: number) {
    this.#reader = reader;
    reader.on('error', (error: NodeJS.ErrnoException) => {
      this.code = error.code ?? String(error);
    });
    reader.on('end', () => {
      this.hasEnded = true;
    });
    this.closed = new Promise((resolve) => {
      reader.once('close', () => {
        this.isClosed = true;
        resolve();
      });
    });
    const take = (value: unknown) => {
      this.isLate ||= this.code !== undefined || this.hasEnded || this.isClosed;
      this.values.push(value);
      if (this.values.length === most) reader.destroy();
    };
    if (way === 0) void this.#iterate(take);
    else if (way === 1) reader.on('data', take);
    else {
      reader.on('readable', () => {
        for (let next = reader.read(); next !== null; next = reader.read()) take(next);
      });
    }
  }

  async #iterate(take: (value: unknown) => void): Promise<void> {
    try {
      for await (const value of this.#reader) take(value);
    } catch {
      // 'error' has told, or the stream was destroyed.
    }
  }

  async stop(): Promise<void> {
    this.#reader.destroy();
    await this.closed;
  }
}

/** The readers of a round, one after the other. */
class Readers {
  /** All that was delivered. */
  readonly #before: unknown[] = [];
  #isLast: boolean;
  #current: Collector;

  /** The first of two leaves after so many messages; 0: there is only one. */
  constructor(start: (most: number) => Collector, leavesAfter: number) {
    this.#current = start(leavesAfter);
    this.#isLast = leavesAfter === 0;
    if (!this.#isLast) void this.#follow(start);
  }

  async #follow(start: (most: number) => Collector): Promise<void> {
    await this.#current.closed;
    this.#before.push(...this.#current.values);
    this.#current = start(0);
    this.#isLast = true;
  }

  get last(): Collector {
    return this.#current;
  }
  get values(): unknown[] {
    return [...this.#before, ...this.#current.values];
  }
  get isOver(): boolean {
    return this.#isLast && this.#current.isClosed;
  }
  hasAll(count: number): boolean {
    return this.#isLast && this.values.length >= count;
  }
}

async function feed(
  writer: RawWriter,
  readers: Readers,
  pieces: Buffer[],
  { below }: Random,
): Promise<void> {
  for (const piece of pieces) {
    const isReady = () => readers.isOver || writer.hasRoomFor(piece.length);
    await until(isReady, 'the reader to make room');
    if (readers.isOver) return;
    if (piece.length > 0) await writer.put(piece);
    if (below(3) === 0) await someTurns(1);
  }
}

async function runRound(dir: string, seed: number): Promise<void> {
  const numbers = random(seed);
  const { below, between } = numbers;
  const kind = kinds[below(kinds.length)] as Kind;
  const capacity = 4096 * 2 ** below(6);
  const maxMessageSize = [0, 100, 5000, 70_000, 64 * kMiB, kLargest, kLargest][below(7)] ?? 0;
  const pieces = randomPieces(kind, capacity, numbers);
  pieces.push(randomRest(kind, capacity, maxMessageSize, numbers));
  const { values, code } = parse(Buffer.concat(pieces), kind, maxMessageSize);
  const isEnded = below(3) > 0;
  const acknowledge = below(2) === 0;
  const leavesAfter = acknowledge && below(2) === 0 ? below(values.length + 1) : 0;
  // The next reader begins with what the one before had last.
  if (leavesAfter > 0) values.splice(leavesAfter, 0, values[leavesAfter - 1]);

  const writer = new RawWriter(dir, capacity, kind);
  if (below(4) === 0) writer.pretendDelivered(below(2 ** 53));
  const options: ReadStreamOptions = { ...kind.options, dir, maxMessageSize, resume: true };
  if (acknowledge) options.acknowledge = true;
  else options.highWaterMark = between(1, 20);
  const start = (most: number) =>
    new Collector(createReadStream('a', options), below(most > 0 ? 2 : 3), most);
  const readers = new Readers(start, leavesAfter);
  await feed(writer, readers, pieces, numbers);
  if (isEnded) writer.end();
  await until(() => readers.isOver || readers.hasAll(values.length), 'the messages to come');
  // Without an end and without an error, it waits for the next writer.
  if (isEnded || code !== undefined) await readers.last.closed;
  else await someTurns(3);

  const { arrayBuffers } = process.memoryUsage();
  const { last } = readers;
  const outcome = { code: last.code, hasEnded: last.hasEnded, isLate: last.isLate };
  await last.stop();
  await writer.leave();
  const expected = { code, hasEnded: isEnded && code === undefined, isLate: false };
  const what = `seed ${seed}: ${readers.values.length} of ${values.length} messages, then`;
  const both = `${JSON.stringify(outcome)} instead of ${JSON.stringify(expected)}`;
  if (!isDeepStrictEqual(outcome, expected)) throw new Error(`${what} ${both}`);
  if (!isDeepStrictEqual(readers.values, values)) throw new Error(`${what} they differ`);
  if (arrayBuffers > kMostMemory) throw new Error(`${what} ${arrayBuffers} bytes of buffers`);
}

t.test(`${rounds} rounds`, async (t) => {
  const seed = newSeed(t);
  for (let round = 0; round < rounds; round++) {
    await runRound(uniqueDirectory(t), seed + round);
  }
});

for (const acknowledge of [false, true]) {
  t.test(`a message of 4 GiB, acknowledge: ${acknowledge}`, async (t) => {
    const dir = uniqueDirectory(t);
    const capacity = 128 * 1024;
    const writer = new RawWriter(dir, capacity, kinds[0] as Kind);
    await writer.put(frame(kLargest, Buffer.alloc(capacity - kLengthBytes)));
    const options = { dir, resume: true, messages: true, acknowledge, maxMessageSize: kLargest };
    const before = process.memoryUsage().arrayBuffers;
    const collector = new Collector(createReadStream('a', options), 1, 0);
    await collector.closed;
    t.ok(process.memoryUsage().arrayBuffers - before < 4 * kMiB);
    t.equal(collector.code, 'ERR_SMIPC_CORRUPT');
    t.strictSame(collector.values, []);
    await writer.leave();
  });
}
