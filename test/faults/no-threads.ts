// No more threads for the user: the waiter's cannot be started, and opening fails with EAGAIN. Once
// there may be more, it works.
import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import t from 'tap';
import { leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

// The limit does not bind root, and nobody else may become another user.
const isRoot = process.geteuid?.() === 0;
const kUser = 54_321;

t.test('EAGAIN', { skip: isRoot ? false : 'needs root, to become another user' }, async (t) => {
  const dir = uniqueDirectory(t);
  chownSync(dir, kUser, kUser);
  const child = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      const { dir, user } = args;
      const { execFileSync } = await import('node:child_process');
      execFileSync('prlimit', ['--pid', String(process.pid), '--nproc=1:']);
      process.setgroups?.([]);
      process.setgid?.(user);
      process.setuid?.(user);
      const codes: unknown[] = [];
      for (const mode of ['r', 'w'] as const) {
        try {
          smipc.openChannel('name', mode, { dir });
        } catch (error) {
          codes.push((error as NodeJS.ErrnoException).code);
        }
      }
      await send(codes);
      await receive();
      const writer = smipc.openChannel('name', 'w', { dir });
      const reader = smipc.openChannel('name', 'r', { dir });
      writer.writeSync(Buffer.from('x'));
      await send(reader.readSync(Buffer.alloc(1)));
      await Promise.all([reader.close(), writer.close()]);
    },
    { dir, user: kUser },
  );
  t.strictSame(await child.message(), ['EAGAIN', 'EAGAIN']);
  t.strictSame(await leftIn(dir), []);
  // By that user: others need a capability for it.
  const become = [`--reuid=${kUser}`, `--regid=${kUser}`, '--clear-groups'];
  execFileSync('setpriv', [...become, 'prlimit', '--pid', String(child.pid), '--nproc=4096:']);
  await child.send('go');
  t.equal(await child.message(), 1);
  t.match(await child.exit, { code: 0, stderr: '' });
  t.strictSame(await leftIn(dir), []);
});
