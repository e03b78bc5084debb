// leave() of a writer: everything that was written gets into the ring, and the next writer goes on.
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { createReadStream, createWriteStream, inspect, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { checkPattern, patternBytes } from '../fixtures/data/pattern.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

const objects = { resume: true, objectMode: true, capacity: 4096 } as const;

t.test('what waits behind a full ring gets in, and the next writer goes on', async (t) => {
  const name = uniqueName(t);
  const numbers = Array.from({ length: 3000 }, (_, i) => i);
  const first = createWriteStream(name, objects);
  for (const number of numbers.slice(0, 1000)) first.write(number);
  t.ok(first.writableLength > 0);
  const events: string[] = [];
  for (const event of ['finish', 'close'] as const) first.on(event, () => events.push(event));
  let hasLeft = false;
  const left = first.leave().then(() => (hasLeft = true));
  await someTurns();
  t.equal(hasLeft, false, 'the ring is full');
  const reader = createReadStream(name, objects);
  const read = reader.toArray();
  const closed = once(first, 'close');
  await left;
  await closed;
  t.strictSame(events, ['finish', 'close']);
  for (const from of [1000, 2000]) {
    const writer = createWriteStream(name, { ...objects, wait: true });
    for (const number of numbers.slice(from, from + 1000)) writer.write(number);
    if (from === 2000) writer.end();
    else await writer.leave();
  }
  t.strictSame(await read, numbers);
});

t.test('nothing was written, or everything is in the ring: at once', async (t) => {
  const name = uniqueName(t);
  await createWriteStream(name, objects).leave();
  const writer = createWriteStream(name, objects);
  writer.write('a');
  await writer.leave();
  t.match(inspect(name).writer, { state: 'aborted', takeovers: 0 });
  t.equal(writer.channel?.ended, false);
  const last = createWriteStream(name, objects);
  last.end('b');
  t.strictSame(await createReadStream(name, objects).toArray(), ['a', 'b']);
});

t.test('bytes, corked', async (t) => {
  const name = uniqueName(t);
  const options = { resume: true, capacity: 4096 };
  const writer = createWriteStream(name, options);
  writer.cork();
  writer.write(patternBytes(3000));
  writer.write(patternBytes(7000, 3000));
  const left = writer.leave();
  const reader = createReadStream(name, options);
  let position = 0;
  reader.on('data', (chunk) => {
    checkPattern(chunk, position);
    position += chunk.length;
  });
  await left;
  await until(() => position === 10000, 'all of it');
  await reader.leave();
  t.match(inspect(name), { used: 0, writer: { state: 'aborted' }, reader: { state: 'closed' } });
});

t.test('drained() is not waited for: what happens after it has left, it cannot know', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, objects);
  writer.write('a');
  const before = writer.drained();
  const left = writer.leave();
  const after = writer.drained();
  const rejected = [before, after].map((wait) => t.rejects(wait, { code: 'EBADF' }));
  await left;
  await Promise.all(rejected);
  t.match(inspect(name), { messagesWritten: 1, writer: { state: 'aborted' } });
});

t.test('writing afterwards is an error, as after end()', async (t) => {
  const writer = createWriteStream(uniqueName(t), objects);
  const failed = once(writer, 'error');
  writer.write('a');
  const left = writer.leave();
  writer.write('b');
  t.match(await failed, [{ code: 'ERR_STREAM_WRITE_AFTER_END' }]);
  await left.catch(() => {});
});

t.test('a source that is piped in: unpiped first, it keeps what is left', async (t) => {
  const name = uniqueName(t);
  let last = 0;
  const source = new Readable({
    objectMode: true,
    read() {
      setImmediate(() => this.push(last < 6 ? ++last : null));
    },
  });
  const writer = createWriteStream(name, objects);
  source.pipe(writer);
  const unpiped = once(writer, 'unpipe');
  source.on('data', (value) => {
    if (value === 3) source.unpipe(writer);
  });
  await unpiped;
  await writer.leave();
  t.equal(source.readableEnded, false);
  const next = createWriteStream(name, objects);
  source.pipe(next);
  t.strictSame(await createReadStream(name, objects).toArray(), [1, 2, 3, 4, 5, 6]);
});

t.test('after end(): waits for that end', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, objects);
  writer.end('a');
  await writer.leave();
  t.equal(inspect(name).writer.state, 'ended');
  t.strictSame(await createReadStream(name, objects).toArray(), ['a']);
});

t.test('twice; and end() afterwards changes nothing', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, objects);
  writer.write('a');
  const left = writer.leave();
  writer.end();
  await Promise.all([left, writer.leave()]);
  await writer.leave();
  t.equal(inspect(name).writer.state, 'aborted');
});

t.test('while the role is waited for', async (t) => {
  for (const hasWritten of [false, true]) {
    const name = uniqueName(t);
    const holder = openChannel(name, 'w', { resume: true });
    t.teardown(() => holder.close());
    const options = { resume: true, wait: true };
    const writer = createWriteStream(name, options);
    if (hasWritten) writer.write('written');
    await someTurns();
    const left = writer.leave();
    if (!hasWritten) await left;
    await holder.close();
    await left;
    if (hasWritten) t.match(inspect(name), { bytesWritten: 7, writer: { state: 'aborted' } });
    else t.throws(() => inspect(name), { code: 'ENOENT' });
  }
});

t.test('a role that cannot be taken: the error of the opening', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, { resume: true, create: 'never' });
  writer.on('error', () => {});
  writer.write('a');
  await t.rejects(writer.leave(), { code: 'ENOENT' });
});

t.test('without `resume` it is refused', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name);
  t.teardown(() => writer.destroy());
  await t.rejects(writer.leave(), { code: 'ERR_INVALID_STATE', channel: name });
  t.equal(writer.writable, true);
});

t.test('destroyed before everything was in the ring', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, objects);
  for (let i = 0; i < 1000; i++) writer.write(i);
  const left = writer.leave();
  writer.destroy();
  await t.rejects(left, { code: 'ERR_STREAM_DESTROYED' });
  await t.rejects(writer.leave(), { code: 'ERR_STREAM_DESTROYED' });

  const empty = createWriteStream(uniqueName(t), objects);
  empty.destroy();
  await empty.leave();
});

t.test('the reader is not waited for any more: EPIPE', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, { ...objects, resumeTimeout: 10 });
  writer.on('error', () => {});
  for (let i = 0; i < 1000; i++) writer.write(i);
  const left = writer.leave();
  createReadStream(name, objects).destroy();
  await t.rejects(left, { code: 'EPIPE', peer: 'closed' });
});

t.test('limits: the wait ends, and the stream goes on leaving', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, objects);
  for (let i = 0; i < 1000; i++) writer.write(i);
  await t.rejects(writer.leave({ timeout: 1 }), { code: 'ETIMEDOUT', channel: name });
  await t.rejects(writer.leave({ signal: AbortSignal.abort() }), { name: 'AbortError' });
  t.throws(() => writer.leave({ timeout: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  const reader = createReadStream(name, objects);
  reader.resume();
  await writer.leave();
  await reader.leave();
});

t.test('an opening that has failed, with nothing written: its error', async (t) => {
  const writer = createWriteStream(uniqueName(t), { resume: true, create: 'never' });
  const failed = once(writer, 'error');
  await t.rejects(writer.leave(), { code: 'ENOENT' });
  t.match(await failed, [{ code: 'ENOENT' }]);
});
