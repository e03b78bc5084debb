// A write() that goes straight to the ring, and the same write() by way of Node's Writable: the same
// calls in random order show the same events, callbacks, results and numbers.
import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { createWriteStream, openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { streamPair } from '../fixtures/channels/pair.js';
import { random } from '../fixtures/data/pattern.js';
import { newSeed } from '../fixtures/data/seed.js';

const kCapacity = 64 * 1024;
const kHighWaterMark = 16 * 1024;
const kSizes = [0, 1, 63, 1000, 5000, kHighWaterMark - 1, kHighWaterMark, 40_000, 2 * kCapacity];

type Write = (...values: unknown[]) => boolean;

/** Everything that can be told of a stream, as it happens, while `isStraight` or not. */
async function follow(
  t: Test,
  seed: number,
  messages: boolean,
  isStraight: boolean,
): Promise<string[]> {
  const { below } = random(seed);
  const name = uniqueName(t);
  const log: string[] = [];
  const note = (what: string): void => void log.push(what.replaceAll(name, 'NAME'));
  const options = { messages, capacity: kCapacity, highWaterMark: kHighWaterMark };
  const stream = createWriteStream(name, options);
  const reader = openChannel(name, 'r', { framing: messages ? 'messages' : 'bytes' });
  const room = Buffer.alloc(kCapacity);
  const read: Buffer[] = [];
  t.teardown(() => reader.close());
  const closed = new Promise((resolve) => stream.once('close', resolve));
  for (const event of ['drain', 'finish', 'close'] as const) stream.on(event, () => note(event));
  stream.on('error', ({ message }) => note(`error: ${message}`));
  const write: Write = (isStraight ? stream.write : Writable.prototype.write).bind(stream) as Write;
  const same = (error?: Error | null): void => note(`same function: ${error?.message ?? 'done'}`);

  const state = (): string =>
    [
      stream.writableLength,
      stream.writableNeedDrain,
      stream.writableCorked,
      stream.writableEnded,
      stream.writableFinished,
      stream.destroyed,
      stream.errored?.message,
      stream.bytesWritten,
    ].join(' ');
  const take = (): number => {
    try {
      const count = reader.tryRead(room);
      read.push(Buffer.from(room.subarray(0, count)));
      return count;
    } catch {
      return 0; // It has left, or the writer has, without an end.
    }
  };
  // The writer's wake-ups come when they come, as does its close: nothing else is done meanwhile.
  const takeAll = async (): Promise<void> => {
    while (stream.writableLength > 0 && stream.writableCorked === 0 && !stream.destroyed) {
      take();
      await setImmediate();
    }
  };
  const canWait = (): boolean =>
    reader.state === 'open' && !stream.writableEnded && !stream.destroyed;

  let count = 0;
  const chunk = (): Buffer => Buffer.alloc(kSizes[below(kSizes.length)] ?? 0, count);
  const own = (): ((error?: Error | null) => void) => {
    const call = count;
    return (error) => note(`callback of ${call}: ${error?.message ?? 'done'}`);
  };
  const calls: [weight: number, call: () => unknown][] = [
    [40, () => write(chunk())],
    [5, () => write(chunk(), own())],
    // Corked, a function that was given before is wrapped again: see WriteCallbacks.
    [5, () => stream.writableCorked === 0 && write(chunk(), same)],
    [4, () => write(`text ${count}`)],
    [3, () => write(chunk(), 'utf8')],
    [3, () => write(new Uint16Array(below(50)))],
    [3, () => stream.cork()],
    [6, () => stream.uncork()],
    [6, () => process.nextTick(() => note('tick'))],
    [6, () => queueMicrotask(() => note('microtask'))],
    [3, () => process.nextTick(() => note(`in a tick: ${write(chunk())}`))],
    [3, () => stream.once('drain', () => note(`in 'drain': ${write(chunk())}`))],
    [8, () => (canWait() ? takeAll() : undefined)],
    [2, () => (canWait() ? setImmediate() : undefined)],
    [1, () => void stream.end()],
    [1, () => void stream.end(chunk(), own())],
    [1, () => void stream.destroy()],
    [1, () => void stream.destroy(new Error('on purpose'))],
    [1, () => void reader.close()],
  ];
  const all = calls.flatMap(([weight, call]) => new Array<() => unknown>(weight).fill(call));

  for (const last = 5 + below(80); count < last; count++) {
    let result: unknown;
    try {
      result = all[below(all.length)]?.();
    } catch (error) {
      result = (error as Error).message;
    }
    if (result instanceof Promise) await result;
    else note(`${count}: ${result}; ${state()}`);
  }
  // To an end, whatever has been called.
  for (let i = 0; i < 5; i++) stream.uncork();
  stream.end(() => note('end'));
  while (!stream.closed) {
    take();
    await setImmediate();
  }
  while (take() > 0);
  await closed;
  await setImmediate();
  note(Buffer.concat(read).toString('base64'));
  note(state());
  return log;
}

t.test('who replaces _write() is given everything', async (t) => {
  const { writer } = streamPair(t);
  const seen: string[] = [];
  writer.write(Buffer.from('one'));
  const { _write } = writer;
  writer._write = (chunk, encoding, callback) => {
    seen.push(String(chunk));
    _write.call(writer, chunk, encoding, callback);
  };
  writer.write(Buffer.from('two'));
  writer.write(Buffer.from('three'));
  t.strictSame(seen, ['two', 'three']);
});

t.test('a class of bytes with a length of its own', async (t) => {
  class Bytes extends Uint8Array {
    override get length(): number {
      return 2;
    }
  }
  for (const messages of [false, true]) {
    const { writer, reader } = streamPair(t, { messages }, { messages });
    for (const byte of [1, 2]) writer.write(new Bytes(8).fill(byte, 0, 8));
    writer.end();
    t.strictSame(await buffer(reader), Buffer.from('01'.repeat(8) + '02'.repeat(8), 'hex'));
  }
});

for (const messages of [false, true]) {
  t.test(`random calls, ${messages ? 'messages' : 'bytes'}`, async (t) => {
    const seed = newSeed(t);
    const rounds = Number(process.env.TEST_ROUNDS ?? 200);
    for (let i = seed; i < seed + rounds; i++) {
      const straight = await follow(t, i, messages, true);
      const byNode = await follow(t, i, messages, false);
      if (!t.strictSame(straight, byNode, `seed ${i}`)) return;
    }
  });
}
