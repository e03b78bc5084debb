// A process without a free file descriptor: opening fails with EMFILE, what is open goes on, and so
// does everything else once there are descriptors again.
import { openChannel } from 'smipc';
import t from 'tap';
import { leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

t.test('EMFILE', async (t) => {
  const dir = uniqueDirectory(t);
  const child = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      const { execFileSync } = await import('node:child_process');
      const { closeSync, openSync } = await import('node:fs');
      const { dir } = args;
      const codeOf = async (action: () => unknown): Promise<unknown> => {
        try {
          await action();
        } catch (error) {
          return (error as NodeJS.ErrnoException).code;
        }
        return 'none';
      };
      const reader = smipc.openChannel('used', 'r', { dir, busyPoll: 0 });
      execFileSync('prlimit', ['--pid', String(process.pid), '--nofile=64:']);
      const taken: number[] = [];
      await codeOf(() => {
        for (;;) taken.push(openSync('/dev/null', 'r'));
      });

      const open = (mode: 'r' | 'w') => () => smipc.openChannel('other', mode, { dir });
      const stream = smipc.createWriteStream('other', { dir });
      const codes = [
        await codeOf(open('r')),
        await codeOf(open('w')),
        await codeOf(() => smipc.openChannel('other', 'w', { dir, wait: true })),
        await codeOf(() => smipc.inspect('used', { dir })),
        await codeOf(() => smipc.remove('used', { dir, force: true })),
        await codeOf(() => smipc.list({ dir })),
        await new Promise((resolve) =>
          stream.once('error', (error: NodeJS.ErrnoException) => resolve(error.code)),
        ),
      ];
      await send(codes);
      // The peer has a bell, which cannot be opened here: it is rung at its futex.
      const target = Buffer.alloc(1000);
      await receive();
      // What the calls above have closed since is taken as well.
      await codeOf(() => {
        for (;;) taken.push(openSync('/dev/null', 'r'));
      });
      let total = 0;
      for (let size = -1; size !== 0; total += size) size = await reader.read(target);
      await send(total);

      const last = taken.splice(-8);
      for (const fd of last) closeSync(fd);
      const other = smipc.openChannel('other', 'w', { dir });
      await other.close();
      // Leaving takes no more than there is: the name then stays for the next opener.
      await codeOf(() => {
        for (;;) taken.push(openSync('/dev/null', 'r'));
      });
      await reader.close();
      await send('closed');
      await receive();
    },
    { dir },
  );
  t.strictSame(await child.message(), Array(7).fill('EMFILE'));
  const writer = openChannel('used', 'w', { dir, capacity: 4096, busyPoll: 0 });
  await child.send('go');
  for (let i = 0; i < 20; i++) await writer.write(Buffer.alloc(4096));
  writer.end();
  t.equal(await child.message(), 20 * 4096);
  t.equal(await child.message(), 'closed');
  await writer.close();
  await child.send('exit');
  t.match(await child.exit, { code: 0, stderr: '' });
  await openChannel('used', 'r', { dir }).close();
  t.strictSame(await leftIn(dir), []);
});
