// Somebody deletes the directory of a channel that is in use, and a new one takes its place, as by a
// script that cleans up. Who goes on to use both is not taken for dead in either.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { inspect, openChannel } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

t.test('channels before and after', async (t) => {
  const dir = join(uniqueDirectory(t), 'channels');
  const before = openChannel('before', 'r', { dir });
  rmSync(dir, { recursive: true });
  const after = openChannel('after', 'w', { dir });
  t.equal(inspect('after', { dir }).writer.state, 'open');
  t.equal(after.tryWrite(Buffer.from('kept')), 4);

  const child = spawnChild(
    t,
    async ({ smipc, args }) => {
      const { dir } = args;
      const codes = (['w', 'r'] as const).map((mode) => {
        try {
          const channel = smipc.openChannel('after', mode, { dir });
          const target = Buffer.alloc(4);
          return channel.tryRead(target) === 4 && channel.status().writer.state;
        } catch (error) {
          return (error as NodeJS.ErrnoException).code;
        }
      });
      console.log(codes.join());
    },
    { dir },
  );
  t.match(await child.exit, { code: 0, stdout: 'EBUSY,open\n', stderr: '' });
  await Promise.all([before.close(), after.close()]);
});
