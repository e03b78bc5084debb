// A read stream is destroyed in one state after another: it always emits 'close', its role is free
// for the next one, and its writer, if there is one, is told.
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { patternBytes } from '../fixtures/data/pattern.js';
import { consume, outcomeOf } from '../fixtures/processes/outcome.js';
import { until } from '../fixtures/timing/until.js';

const destroyed = { events: ['close'] };
const told = { events: ['error', 'close'], code: 'EPIPE', peer: 'closed' };

async function isFree(t: Test, name: string): Promise<void> {
  await openChannel(name, 'r', { create: 'always' }).close();
  t.pass('the role is free');
}

t.test('right after construction', async (t) => {
  const name = uniqueName(t);
  t.strictSame(await outcomeOf(createReadStream(name).destroy()), destroyed);
  await isFree(t, name);
});

t.test('waiting for the role', async (t) => {
  const name = uniqueName(t);
  const holder = openChannel(name, 'r');
  const stream = createReadStream(name, { wait: true });
  const outcome = consume(stream);
  const rejected = t.rejects(stream.waitForPeer(), { code: 'EBADF' });
  stream.destroy();
  t.strictSame(await outcome, { bytes: 0, ...destroyed });
  await rejected;
  await holder.close();
  await isFree(t, name);
});

t.test('waiting for data', async (t) => {
  const name = uniqueName(t);
  const writer = outcomeOf(createWriteStream(name));
  const stream = createReadStream(name).resume();
  const outcome = outcomeOf(stream);
  await stream.waitForPeer();
  stream.destroy();
  t.strictSame(await outcome, destroyed);
  t.strictSame(await writer, told);
  await isFree(t, name);
});

t.test('in the middle of a transfer, in its own handler', async (t) => {
  const name = uniqueName(t);
  const stream = createWriteStream(name, { capacity: 4096 });
  const writer = outcomeOf(stream);
  stream.write(patternBytes(1_000_000));
  const reader = createReadStream(name);
  const outcome = consume(reader);
  reader.on('data', () => reader.destroy());
  t.match(await outcome, destroyed);
  t.strictSame(await writer, told);
  await isFree(t, name);
});

t.test('paused, with chunks in its buffer', async (t) => {
  const name = uniqueName(t);
  const stream = createWriteStream(name);
  const writer = outcomeOf(stream);
  stream.write(patternBytes(1000));
  const reader = createReadStream(name).pause();
  reader.read(0);
  await until(() => reader.readableLength === 1000, 'the bytes to be in the buffer');
  t.strictSame(await outcomeOf(reader.destroy()), destroyed);
  t.strictSame(await writer, told);
  await isFree(t, name);
});

t.test('with an error', async (t) => {
  const stream = createReadStream(uniqueName(t)).resume();
  const outcome = outcomeOf(stream);
  stream.destroy(Object.assign(new Error('enough'), { code: 'ENOUGH' }));
  t.strictSame(await outcome, { events: ['error', 'close'], code: 'ENOUGH' });
});

t.test('twice, and after the end', async (t) => {
  const name = uniqueName(t);
  createWriteStream(name).end(patternBytes(10));
  const stream = createReadStream(name);
  const outcome = consume(stream);
  stream.on('end', () => stream.destroy().destroy());
  t.strictSame(await outcome, { bytes: 10, events: ['end', 'close'] });
  await isFree(t, name);
});
