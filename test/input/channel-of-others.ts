// In a directory that several users share, list() shows what this one may open.
import { chmodSync } from 'node:fs';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

t.test('one channel that may be opened, and one that may not', async (t) => {
  const dir = uniqueDirectory(t);
  chmodSync(dir, 0o755);
  const child = spawnChild(
    t,
    async ({ smipc, args, send }) => {
      const { chmodSync } = await import('node:fs');
      const { dir } = args;
      const open = smipc.openChannel('open', 'w', { dir, permissions: 0o666 });
      const shut = smipc.openChannel('shut', 'w', { dir });
      // Root may open everything, and others not even this.
      if (process.geteuid?.() === 0) process.seteuid?.(65534);
      else chmodSync(`${dir}/shut`, 0);
      const names = smipc.list({ dir }).map(({ name }) => name);
      let code: unknown;
      try {
        smipc.inspect('shut', { dir });
      } catch (error) {
        ({ code } = error as NodeJS.ErrnoException);
      }
      await send({ names, code });
      process.seteuid?.(process.getuid?.() ?? 0);
      await open.close();
      await shut.close();
    },
    { dir },
  );
  t.strictSame(await child.message(), { names: ['open'], code: 'EACCES' });
  t.match(await child.exit, { code: 0, stderr: '' });
});
