// Another user's files and links under a channel's name, in a directory that both may use: an error,
// and nothing of theirs is followed, changed or removed. See also input/channel-of-others.ts and
// input/directory-refused.ts.
import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openChannel } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

const isRoot = process.geteuid?.() === 0;
const kUser = 54_321;

/** What another user is told who does everything with everything in the directory. */
async function tryAll(t: import('tap').Test, dir: string, names: string[]): Promise<unknown> {
  const child = spawnChild(
    t,
    async ({ smipc, args, send }) => {
      const { dir, user } = args;
      process.setgroups?.([]);
      process.setgid?.(user);
      process.setuid?.(user);
      const options = { dir, permissions: 0o666 };
      const codes: Record<string, unknown[]> = {};
      for (const name of args.names) {
        const tried: unknown[] = [];
        codes[name] = tried;
        for (const action of [
          () => smipc.openChannel(name, 'w', options),
          () => smipc.openChannel(name, 'r', options),
          () => smipc.inspect(name, { dir }),
          () => smipc.remove(name, { dir, force: true }),
        ]) {
          try {
            action();
            tried.push('none');
          } catch (error) {
            tried.push((error as NodeJS.ErrnoException).code);
          }
        }
      }
      await send(codes);
    },
    { dir, names, user: kUser },
  );
  return child.message();
}

t.test(
  'in a sticky directory',
  { skip: isRoot ? false : 'needs root, to become another user' },
  async (t) => {
    const dir = uniqueDirectory(t);
    const secret = join(uniqueDirectory(t), 'secret');
    writeFileSync(secret, 'secret', { mode: 0o666 });
    chmodSync(dir, 0o1777);
    const options = { dir, permissions: 0o666 };
    writeFileSync(join(dir, 'private'), 'private', { mode: 0o600 });
    writeFileSync(join(dir, 'text'), 'text');
    chmodSync(join(dir, 'text'), 0o666);
    symlinkSync(secret, join(dir, 'link'));
    const shut = openChannel('shut', 'w', { ...options, permissions: 0o600 + 0o022 });
    chmodSync(join(dir, 'shut'), 0o600);
    const held = openChannel('held', 'w', options);
    const reader = openChannel('held', 'r', options);
    // A stream that broke off: whoever may replace it does. Another user may not remove its file.
    const broken = openChannel('broken', 'w', options);
    await broken.write(Buffer.from('x'));
    await broken.close();

    const before = readdirSync(dir).filter((name) => !name.startsWith('.'));
    const names = ['private', 'text', 'link', 'shut', 'held', 'broken'];
    t.match(await tryAll(t, dir, names), {
      private: ['EACCES', 'EACCES', 'EACCES', 'EACCES'],
      text: Array(4).fill('ERR_SMIPC_INCOMPATIBLE'),
      link: ['ELOOP', 'ELOOP', 'ELOOP', 'ELOOP'],
      shut: ['EACCES', 'EACCES', 'EACCES', 'EACCES'],
      held: ['EBUSY', 'EBUSY', 'none', 'EPERM'],
      broken: ['EPERM', 'none', 'none', 'EPERM'],
    });
    t.strictSame(
      readdirSync(dir).filter((name) => !name.startsWith('.')),
      before,
    );
    t.equal(readFileSync(secret, 'utf8'), 'secret');
    t.equal(readFileSync(join(dir, 'private'), 'utf8'), 'private');
    t.equal(readFileSync(join(dir, 'text'), 'utf8'), 'text');
    t.ok(lstatSync(join(dir, 'link')).isSymbolicLink());
    await held.write(Buffer.from('y'));
    t.equal(reader.tryRead(Buffer.alloc(1)), 1);
    await Promise.all([held.close(), reader.close(), shut.close()]);
  },
);
