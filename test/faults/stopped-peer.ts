// A peer that is stopped (SIGSTOP) is not dead: a writer waits for space, a reader for bytes, for as
// long as it takes, and nothing else waits. When it goes on, everything arrives.
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { patternBytes } from '../fixtures/data/pattern.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { consume } from '../fixtures/processes/outcome.js';
import { stopped } from '../fixtures/processes/stopped.js';

const capacity = 4096;
/** More than the lock's two seconds, so that whoever held it would be noticed. */
const stoppedMs = Number(process.env.TEST_STOPPED_MS ?? 2500);
t.setTimeout(10 * stoppedMs + 30_000);

/** All the time that the peer is stopped, others use the same directory. */
async function useOtherChannels(t: Test, dir: string): Promise<void> {
  const end = performance.now() + stoppedMs;
  let rounds = 0;
  while (performance.now() < end) {
    const writer = openChannel('other', 'w', { dir, capacity });
    const reader = openChannel('other', 'r', { dir });
    const [count] = await Promise.all([
      reader.read(Buffer.alloc(100), { min: 100 }),
      writer.write(Buffer.alloc(100)),
    ]);
    if (count !== 100) t.fail(`round ${rounds}: ${count} bytes`);
    await Promise.all([writer.close(), reader.close()]);
    rounds++;
  }
  t.ok(rounds > 10, `${rounds} rounds`);
}

t.test('a reader', async (t) => {
  const dir = uniqueDirectory(t);
  const child = spawnChild(
    t,
    async ({ smipc, pattern, args, send }) => {
      const reader = smipc.createReadStream('name', { dir: args.dir });
      let total = 0;
      for await (const chunk of reader) {
        pattern.checkPattern(chunk, total);
        if (total === 0) await send('reads');
        total += chunk.length;
      }
      await send(total);
    },
    { dir },
  );
  const writer = createWriteStream('name', { dir, capacity, highWaterMark: capacity });
  writer.write(patternBytes(1));
  t.equal(await child.message(), 'reads');
  child.kill('SIGSTOP');
  await stopped(child.pid);
  let finished = false;
  writer.once('finish', () => (finished = true));
  const size = 5 * capacity;
  t.notOk(writer.write(patternBytes(size, 1)), 'backpressure');
  writer.end();
  await useOtherChannels(t, dir);
  t.notOk(finished || writer.destroyed);
  t.throws(() => openChannel('name', 'r', { dir }), { code: 'EBUSY', pid: child.pid });
  child.kill('SIGCONT');
  t.equal(await child.message(), size + 1);
  t.match(await child.exit, { code: 0, stderr: '' });
});

t.test('a writer', async (t) => {
  const dir = uniqueDirectory(t);
  const child = spawnChild(
    t,
    async ({ smipc, pattern, args, send, receive }) => {
      const writer = smipc.createWriteStream('name', { dir: args.dir });
      writer.write(pattern.patternBytes(100));
      await send('wrote');
      await receive();
      writer.end(pattern.patternBytes(100, 100));
    },
    { dir },
  );
  t.equal(await child.message(), 'wrote');
  child.kill('SIGSTOP');
  await stopped(child.pid);
  await child.send('go on');
  const reader = createReadStream('name', { dir });
  const outcome = consume(reader);
  await useOtherChannels(t, dir);
  t.notOk(reader.destroyed);
  t.equal(reader.bytesRead, 100);
  child.kill('SIGCONT');
  t.match(await outcome, { bytes: 200, events: ['end', 'close'] });
  t.match(await child.exit, { code: 0, stderr: '' });
});

t.test('stopped, and then killed', async (t) => {
  const dir = uniqueDirectory(t);
  const child = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      smipc.createWriteStream('name', { dir: args.dir }).write('x');
      await send('wrote');
      await receive();
    },
    { dir },
  );
  t.equal(await child.message(), 'wrote');
  const reader = openChannel('name', 'r', { dir });
  t.equal(await reader.read(Buffer.alloc(10)), 1);
  child.kill('SIGSTOP');
  await stopped(child.pid);
  const waiting = reader.read(Buffer.alloc(10));
  child.kill();
  await t.rejects(waiting, { code: 'ECONNRESET', peer: 'died' });
  await reader.close();
});
