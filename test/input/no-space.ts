// The memory of a channel is reserved when it is made. If it is not there, that is an ENOSPC that says
// how much was asked for, how much is free and what to do; and nothing is left behind.
import { execFileSync } from 'node:child_process';
import { readdirSync, statfsSync } from 'node:fs';
import { createWriteStream, openChannel } from 'smipc';
import { openWritableStream } from 'smipc/web';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';

/** A file system of 256 KiB, if we may mount one. */
function smallDirectory(t: Test): string | undefined {
  const dir = uniqueDirectory(t);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'smipc-test', dir], {
      stdio: 'pipe',
    });
  } catch {
    return undefined;
  }
  t.teardown(() => execFileSync('umount', ['--lazy', dir]));
  return dir;
}

t.test('a capacity larger than the file system', async (t) => {
  const dir = smallDirectory(t);
  if (dir === undefined) {
    t.comment('not tested: mounting a file system needs root');
    return;
  }
  const capacity = 1024 * 1024;
  const { bavail, bsize } = statfsSync(dir);
  const error = {
    name: 'SmipcError',
    code: 'ENOSPC',
    errno: -28,
    syscall: 'open',
    channel: 'name',
    message: new RegExp(`\\b${capacity}\\b.*\\b${bavail * bsize}\\b.*shm-size`),
  };
  t.throws(() => openChannel('name', 'w', { dir, capacity }), error);
  t.throws(() => openChannel('name', 'r', { dir, capacity }), error);
  const stream = createWriteStream('name', { dir, capacity });
  t.match(await new Promise((resolve) => stream.once('error', resolve)), error);
  await t.rejects(openWritableStream('name', { dir, capacity }).getWriter().closed, error);
  t.strictSame(readdirSync(dir), []);
  t.equal(statfsSync(dir).bavail, bavail, 'nothing is used up');

  const fits = openChannel('name', 'w', { dir, capacity: 65_536 });
  t.equal(fits.tryWrite(Buffer.alloc(capacity)), 65_536);
  t.throws(() => openChannel('other', 'w', { dir, capacity: 262_144 }), { code: 'ENOSPC' });
  await fits.close();
});
