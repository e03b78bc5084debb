// The file system of the channels fills up while they are in use: they go on, for their memory was
// reserved when they were made. A new channel is an error, never a SIGBUS, until there is space.
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { list, openChannel } from 'smipc';
import t from 'tap';
import { checkPattern, patternBytes } from '../fixtures/data/pattern.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { mountedDirectory } from '../fixtures/processes/mounts.js';

const capacity = 64 * 1024;

/** Takes every free block. */
function fill(dir: string): string {
  const path = join(dir, '.filler');
  const { bavail, bsize } = statfsSync(dir);
  writeFileSync(path, Buffer.alloc(bavail * bsize, 'x'));
  return path;
}

t.test('channels in use, and channels being made', async (t) => {
  const dir = mountedDirectory(t, 'size=512k');
  if (dir === undefined) return;
  const writer = openChannel('used', 'w', { dir, capacity });
  const child = spawnChild(
    t,
    async ({ smipc, pattern, args, send }) => {
      const reader = smipc.openChannel('used', 'r', { dir: args.dir });
      await send('open');
      const target = Buffer.alloc(10_000);
      let total = 0;
      for (let size = -1; size !== 0; total += size) {
        size = await reader.read(target);
        pattern.checkPattern(target.subarray(0, size), total);
      }
      await reader.close();
      await send(total);
    },
    { dir },
  );
  t.equal(await child.message(), 'open');
  const filler = fill(dir);
  t.equal(statfsSync(dir).bavail, 0);

  // No page of the ring had been touched: each is stored to now, several times.
  for (let at = 0; at < 5 * capacity; at += 8192) await writer.write(patternBytes(8192, at));
  const error = { name: 'SmipcError', code: 'ENOSPC', errno: -28, syscall: 'open' };
  for (const mode of ['r', 'w'] as const) {
    t.throws(() => openChannel('new', mode, { dir, capacity: 4096 }), error);
    await t.rejects(openChannel('new', mode, { dir, capacity: 4096, wait: true }), error);
  }
  t.strictSame(
    list({ dir }).map(({ name }) => name),
    ['used'],
  );
  writer.end();
  t.equal(await child.message(), 5 * capacity);
  t.match(await child.exit, { code: 0, stderr: '' });
  await writer.close();

  rmSync(filler);
  const fits = openChannel('new', 'w', { dir, capacity });
  t.equal(fits.tryWrite(Buffer.alloc(capacity)), capacity);
  await fits.close();
});

t.test('a file system that fills up in the middle of making one', async (t) => {
  // What statvfs() promises is gone when it is to be taken: somebody else writes at the same time.
  const dir = mountedDirectory(t, 'size=4m');
  if (dir === undefined) return;
  const child = spawnChild(
    t,
    async ({ args, send }) => {
      const { appendFileSync, truncateSync } = await import('node:fs');
      await send('begins');
      for (;;) {
        try {
          appendFileSync(args.path, Buffer.alloc(256 * 1024));
        } catch {
          truncateSync(args.path);
        }
        // What we are sent is heard, above all that the test is over.
        await new Promise(setImmediate);
      }
    },
    { path: join(dir, '.filler') },
  );
  t.equal(await child.message(), 'begins');
  let made = 0;
  let refused = 0;
  while (made < 20 || refused < 20) {
    try {
      const writer = openChannel('new', 'w', { dir, capacity: 2 * 1024 * 1024 });
      const reader = openChannel('new', 'r', { dir });
      const bytes = patternBytes(writer.capacity);
      t.equal(writer.tryWrite(bytes), bytes.length);
      const target = Buffer.alloc(bytes.length);
      t.equal(reader.tryRead(target), bytes.length);
      checkPattern(target, 0);
      await Promise.all([writer.close(), reader.close()]);
      made++;
    } catch (error) {
      t.match(error, { name: 'SmipcError', code: 'ENOSPC' });
      refused++;
    }
  }
  child.kill();
  await child.exit;
});
