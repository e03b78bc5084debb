// No room in the address space for a mapping of twice the capacity: ENOMEM. A smaller channel is made
// all the same, and what failed has taken nothing.
import { readdirSync } from 'node:fs';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

t.test('ENOMEM', async (t) => {
  const dir = uniqueDirectory(t);
  const child = spawnChild(
    t,
    async ({ smipc, args, send }) => {
      const { execFileSync } = await import('node:child_process');
      const { fstatSync, readdirSync, readFileSync, statSync } = await import('node:fs');
      const { dir } = args;
      const writer = smipc.openChannel('used', 'w', { dir });
      const reader = smipc.openChannel('used', 'r', { dir });
      const sizeKiB = Number(
        /VmSize:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1],
      );
      // Some for JavaScript itself, and for threads, whose heaps reserve 64 MiB each.
      const limit = (sizeKiB + 240 * 1024) * 1024;
      execFileSync('prlimit', ['--pid', String(process.pid), `--as=${limit}:`]);
      // Not what the file system has left: others use it, too.
      const held = () => {
        const blocks = readdirSync('/proc/self/fd').map((fd) => {
          try {
            return fstatSync(Number(fd)).blocks;
          } catch {
            return 0; // that of the listing itself
          }
        });
        for (const file of readdirSync(dir)) blocks.push(statSync(`${dir}/${file}`).blocks);
        // Waiter threads map the lifelines of peers when they begin to follow them.
        const mapped = readFileSync('/proc/self/maps', 'utf8')
          .split('\n')
          .filter((line) => line.includes(dir) && !line.includes('.life-')).length;
        return { blocks: blocks.reduce((sum, count) => sum + count), mapped };
      };
      const before = held();
      const errors: unknown[] = [];
      for (const mode of ['r', 'w'] as const) {
        try {
          smipc.openChannel('large', mode, { dir, capacity: 128 * 1024 * 1024 });
        } catch (error) {
          const { name, code, syscall, channel } = error as NodeJS.ErrnoException & {
            channel: string;
          };
          errors.push({ name, code, syscall, channel });
        }
      }
      const after = held();
      writer.writeSync(Buffer.from('goes on'));
      const text = Buffer.alloc(7);
      reader.readSync(text);
      await send({ errors, before, after, text: String(text) });
      await Promise.all([reader.close(), writer.close()]);
    },
    { dir },
  );
  const error = { name: 'SmipcError', code: 'ENOMEM', syscall: 'open', channel: 'large' };
  const told = (await child.message()) as { before: unknown };
  const after = told.before;
  t.strictSame(told, { errors: [error, error], before: after, after, text: 'goes on' });
  t.match(await child.exit, { code: 0, stderr: '' });
  t.strictSame(readdirSync(dir), []);
});
