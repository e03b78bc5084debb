// `resumeTimeout` bounds the wait for the next owner; after it the channel fails as one without
// `resume` does.
import { once } from 'node:events';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { patternBytes } from '../fixtures/data/pattern.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { consume, outcomeOf } from '../fixtures/processes/outcome.js';
import { someTurns } from '../fixtures/timing/turns.js';

t.test('a reader, after a writer that was killed', async (t) => {
  const name = uniqueName(t);
  const child = spawnChild(
    t,
    async ({ smipc, pattern, args, send, receive }) => {
      smipc.createWriteStream(args.name, { resume: true }).write(pattern.patternBytes(5000));
      await send('written');
      await receive();
    },
    { name },
  );
  await child.message();
  const reader = createReadStream(name, { resume: true, resumeTimeout: 50 });
  const outcome = consume(reader);
  child.kill();
  t.strictSame(await outcome, {
    bytes: 5000,
    events: ['error', 'close'],
    code: 'ECONNRESET',
    peer: 'died',
  });
});

t.test('an idle writer, after a reader that closed', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, { resume: true, resumeTimeout: 20 });
  const outcome = outcomeOf(writer);
  const reader = createReadStream(name, { resume: true });
  writer.write('something, so that there is a place to go on from');
  await once(reader, 'data');
  reader.destroy();
  t.strictSame(await outcome, { events: ['error', 'close'], code: 'EPIPE', peer: 'closed' });
});

t.test('a writer that was away when the reader came', async (t) => {
  const name = uniqueName(t);
  const writer = createWriteStream(name, { resume: true });
  writer.write('left behind');
  writer.destroy();
  await once(writer, 'close');
  const reader = createReadStream(name, { resume: true, resumeTimeout: 0 });
  t.equal(String(await once(reader, 'data')), 'left behind');
  t.match(await once(reader, 'error'), [{ code: 'ECONNRESET', peer: 'aborted' }]);
});

t.test('who has never come is not waited for in vain', async (t) => {
  const name = uniqueName(t);
  const reader = openChannel(name, 'r', { resume: true, resumeTimeout: 0 });
  t.teardown(() => reader.close());
  await t.rejects(reader.read(Buffer.alloc(1), { timeout: 50 }), { code: 'ETIMEDOUT' });
});

t.test('the next one comes in time', async (t) => {
  const name = uniqueName(t);
  const reader = createReadStream(name, { resume: true, resumeTimeout: 20_000 });
  const outcome = consume(reader);
  for (let i = 0; i < 3; i++) {
    const writer = createWriteStream(name, { resume: true });
    writer.write(patternBytes(10, 10 * i));
    writer.destroy();
    await once(writer, 'close');
  }
  createWriteStream(name, { resume: true }).end();
  t.match(await outcome, { bytes: 30, events: ['end', 'close'] });
});

t.test('a limit ends when the next one comes, and begins anew when that one goes', async (t) => {
  const resumeTimeout = 300;
  const name = uniqueName(t);
  const reader = createReadStream(name, { resume: true, resumeTimeout });
  reader.resume();
  await leave(name);
  // The limit begins.
  await someTurns();
  const resumed = once(reader, 'resumed');
  const second = openChannel(name, 'w', { resume: true });
  await resumed;
  // As long a limit, which begins later: when it is over, the first one would be, too.
  const other = uniqueName(t);
  const otherReader = createReadStream(other, { resume: true, resumeTimeout });
  otherReader.resume();
  const otherFailed = once(otherReader, 'error');
  await leave(other);
  await otherFailed;
  t.equal(reader.destroyed, false);
  const began = performance.now();
  const failed = once(reader, 'error');
  await second.close();
  t.match(await failed, [{ code: 'ECONNRESET', peer: 'aborted' }]);
  // Timers may be early by a part of a millisecond.
  t.ok(performance.now() - began >= resumeTimeout - 1, 'not too soon');
});

/** A writer that comes, writes something, and goes without end(). */
async function leave(name: string): Promise<void> {
  const writer = openChannel(name, 'w', { resume: true });
  writer.tryWrite(Buffer.from('x'));
  await writer.close();
}

for (const call of ['read', 'readSync'] as const) {
  t.test(`${call}, and the channel goes on if one comes after all`, async (t) => {
    const name = uniqueName(t);
    const reader = openChannel(name, 'r', { resume: true, resumeTimeout: 20 });
    t.teardown(() => reader.close());
    const first = openChannel(name, 'w', { resume: true });
    first.writeSync(Buffer.from('abc'));
    await first.close();
    const target = Buffer.alloc(8);
    // Three are there, but eight are wanted.
    t.equal(await reader[call](target, { min: 8 }), 3);
    await t.rejects(async () => reader[call](target), { code: 'ECONNRESET', peer: 'aborted' });
    const second = openChannel(name, 'w', { resume: true });
    second.writeSync(Buffer.from('defgh'));
    t.equal(await reader[call](target, { min: 5 }), 5);
    t.equal(target.toString('latin1', 0, 5), 'defgh');
    await second.close();
  });
}

t.test('writeSync', async (t) => {
  const name = uniqueName(t);
  const writer = openChannel(name, 'w', { resume: true, resumeTimeout: 20, capacity: 4096 });
  t.teardown(() => writer.close());
  const reader = openChannel(name, 'r', { resume: true });
  writer.writeSync(Buffer.alloc(4096));
  await reader.close();
  t.throws(() => writer.writeSync(Buffer.alloc(1)), { code: 'EPIPE', peer: 'closed' });
});
