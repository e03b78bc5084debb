// A write stream is destroyed in one state after another: it always emits 'close', every callback of
// a write is called, its role is free for the next one, and its reader, if there is one, is told.
import { setImmediate } from 'node:timers/promises';
import { type ChannelWriteStream, createReadStream, createWriteStream, openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { patternBytes } from '../fixtures/data/pattern.js';
import { consume, outcomeOf } from '../fixtures/processes/outcome.js';

const capacity = 4096;
const destroyed = { events: ['close'] };
const told = { events: ['error', 'close'], code: 'ECONNRESET', peer: 'aborted' };

function write(stream: ChannelWriteStream, size: number): Promise<Error | null | undefined> {
  return new Promise((resolve) => stream.write(patternBytes(size), resolve));
}

async function rejectWithEbadf(t: Test, ...waits: Promise<void>[]): Promise<void> {
  await Promise.all(waits.map((wait) => t.rejects(wait, { code: 'EBADF' })));
}

async function isFree(t: Test, name: string): Promise<void> {
  await openChannel(name, 'w', { create: 'always' }).close();
  t.pass('the role is free');
}

t.test('right after construction', async (t) => {
  const name = uniqueName(t);
  t.strictSame(await outcomeOf(createWriteStream(name).destroy()), destroyed);
  await isFree(t, name);
});

t.test('in the tick of a write that fitted', async (t) => {
  const name = uniqueName(t);
  const reader = consume(createReadStream(name));
  const stream = createWriteStream(name);
  const outcome = outcomeOf(stream);
  const writing = write(stream, 1000);
  stream.destroy();
  t.strictSame(await outcome, destroyed);
  await writing;
  t.strictSame(await reader, { bytes: 1000, ...told });
  await isFree(t, name);
});

t.test('waiting for the role, with writes that wait too', async (t) => {
  const name = uniqueName(t);
  const holder = openChannel(name, 'w');
  const stream = createWriteStream(name, { wait: true });
  const outcome = outcomeOf(stream);
  const writes = [write(stream, 10), write(stream, 20)];
  const waits = rejectWithEbadf(t, stream.waitForPeer(), stream.drained());
  stream.destroy();
  t.strictSame(await outcome, destroyed);
  t.match(await Promise.all(writes), [Error, Error]);
  await waits;
  await holder.close();
  await isFree(t, name);
});

t.test('waiting for space', async (t) => {
  const name = uniqueName(t);
  const stream = createWriteStream(name, { capacity });
  const outcome = outcomeOf(stream);
  const writes = [write(stream, 3 * capacity), write(stream, 20)];
  const waits = rejectWithEbadf(t, stream.waitForPeer(), stream.drained());
  await setImmediate();
  stream.destroy();
  t.strictSame(await outcome, destroyed);
  t.match(await Promise.all(writes), [Error, Error]);
  await waits;
  // What was published stays for a reader.
  t.strictSame(await consume(createReadStream(name)), { bytes: capacity, ...told });
  await isFree(t, name);
});

t.test('during end(), with a full ring', async (t) => {
  const name = uniqueName(t);
  const reader = createReadStream(name, { capacity, highWaterMark: 100 }).pause();
  const readerOutcome = outcomeOf(reader);
  const stream = createWriteStream(name);
  const outcome = outcomeOf(stream);
  const ending = new Promise((resolve) =>
    stream.end(patternBytes(2 * capacity), resolve as () => void),
  );
  stream.destroy();
  t.strictSame(await outcome, destroyed);
  t.match(await ending, Error);
  reader.resume();
  t.strictSame(await readerOutcome, told);
  await isFree(t, name);
});

t.test('after end(), while drained() is awaited', async (t) => {
  const name = uniqueName(t);
  const stream = createWriteStream(name);
  const outcome = outcomeOf(stream);
  stream.end(patternBytes(1000));
  const waits = rejectWithEbadf(t, stream.drained());
  stream.destroy();
  await waits;
  t.strictSame(await outcome, destroyed);
  // It had ended before: the stream is whole.
  t.strictSame(await consume(createReadStream(name)), { bytes: 1000, events: ['end', 'close'] });
});

t.test('with an error', async (t) => {
  const stream = createWriteStream(uniqueName(t), { capacity });
  const outcome = outcomeOf(stream);
  const writing = write(stream, 2 * capacity);
  stream.destroy(Object.assign(new Error('enough'), { code: 'ENOUGH' }));
  t.strictSame(await outcome, { events: ['error', 'close'], code: 'ENOUGH' });
  t.match(await writing, { code: 'ENOUGH' });
});
