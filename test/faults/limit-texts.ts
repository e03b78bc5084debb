// A limit of the machine is reached: the error names the limit, its value, what was asked for, and what to
// do, and does not blame what is not to blame.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { mountedDirectory, readOnlyView } from '../fixtures/processes/mounts.js';

const isRoot = process.geteuid?.() === 0;
const skip = isRoot ? false : 'needs root, to become another user';

/** Of a process with a limit, as prlimit(1) takes it, or of another user: what opening fails with. */
async function messageOf(
  t: Test,
  args: {
    dir: string;
    limit?: string;
    fillsFiles?: boolean;
    user?: number;
    capacity?: number;
    removes?: boolean;
  },
): Promise<string> {
  const child = spawnChild(
    t,
    async ({ smipc, args, send }) => {
      const { dir, limit, fillsFiles, user, capacity = 4096, removes = false } = args;
      const { execFileSync } = await import('node:child_process');
      const { closeSync, openSync } = await import('node:fs');
      // Loads the addon, and starts no thread yet.
      try {
        smipc.inspect('none', { dir });
      } catch {}
      if (limit !== undefined) execFileSync('prlimit', ['--pid', String(process.pid), limit]);
      if (user !== undefined) {
        process.setgroups?.([]);
        process.setgid?.(user);
        process.setuid?.(user);
      }
      const taken: number[] = [];
      try {
        while (fillsFiles === true) taken.push(openSync('/dev/null', 'r'));
      } catch {}
      let message = 'open';
      try {
        if (removes) smipc.remove('name', { dir, force: true });
        else smipc.openChannel('name', 'w', { dir, capacity, permissions: 0o666 });
      } catch (error) {
        ({ message } = error as Error);
      }
      for (const fd of taken) closeSync(fd);
      await send(message);
      process.exit();
    },
    args,
  );
  return String(await child.message());
}

t.test('inodes', (t) => {
  const dir = mountedDirectory(t, 'size=64m,nr_inodes=3');
  if (dir === undefined) {
    t.end();
    return;
  }
  for (const name of ['one', 'two']) writeFileSync(join(dir, name), '');
  const message = new RegExp(`all 3 inodes of the file system at ${dir} are used; .*nr_inodes`);
  for (const place of [dir, join(dir, 'not-made-yet')]) {
    const error = { code: 'ENOSPC', message };
    t.throws(() => openChannel('name', 'w', { dir: place, capacity: 4096 }), error);
  }
  t.end();
});

t.test('bytes', (t) => {
  const dir = mountedDirectory(t, 'size=20k');
  if (dir === undefined) {
    t.end();
    return;
  }
  // With its header it takes all of it, and not more: that is not enough.
  const message =
    /ring of 16384 bytes and its header need more than the 20480 .*shm-size.*SMIPC_DIR/;
  t.throws(() => openChannel('name', 'w', { dir, capacity: 16_384 }), { code: 'ENOSPC', message });
  t.end();
});

t.test('a file system that may only be read', (t) => {
  const dir = mountedDirectory(t, 'size=4m');
  const view = dir === undefined ? undefined : readOnlyView(t, dir);
  if (view !== undefined) {
    const message = new RegExp(`file system at ${view} is read-only; .*SMIPC_DIR`);
    t.throws(() => openChannel('name', 'w', { dir: view }), { code: 'EROFS', message });
  }
  t.end();
});

t.test('the size of a file', async (t) => {
  const message = await messageOf(t, {
    dir: uniqueDirectory(t),
    limit: '--fsize=65536:',
    capacity: 1_048_576,
  });
  t.match(message, /^EFBIG: .* at most 65536 bytes, and the ring needs 1048576 bytes: .*ulimit -f/);
});

t.test('open files', async (t) => {
  const args = { dir: uniqueDirectory(t), limit: '--nofile=64:', fillsFiles: true };
  t.match(await messageOf(t, args), /^EMFILE: .*limit of 64 open files: .*ulimit -n/);
});

t.test('address space', async (t) => {
  const args = { dir: uniqueDirectory(t), limit: `--as=${2 ** 32}:`, capacity: 2 ** 32 };
  const message = await messageOf(t, args);
  // The machine may have less memory than that.
  if (message.startsWith('ENOSPC')) t.comment('not tested: too little memory');
  else
    t.match(
      message,
      /^ENOMEM: .*limited to 4294967296 bytes, of which \d+ are used, .* 8589934592 bytes: .*ulimit -v/,
    );
});

t.test('threads', { skip }, async (t) => {
  const dir = uniqueDirectory(t);
  chownSync(dir, 54_322, 54_322);
  const message = await messageOf(t, { dir, limit: '--nproc=1:', user: 54_322 });
  t.match(message, /^EAGAIN: .*thread .*could not be started; limits: 1 threads .*ulimit -u/);
});

t.test('file modes', { skip }, async (t) => {
  const dir = uniqueDirectory(t);
  const message = await messageOf(t, { dir, user: 54_323 });
  const words = `^EACCES: .*${dir} belongs to user 0 and has mode 0700, and this process runs as user 54323`;
  t.match(message, new RegExp(words));
});

t.test('a sticky directory', { skip }, async (t) => {
  const dir = uniqueDirectory(t);
  chmodSync(dir, 0o1777);
  const writer = openChannel('name', 'w', { dir, permissions: 0o666 });
  const message = await messageOf(t, { dir, user: 54_324, removes: true });
  const file = join(dir, 'name');
  t.match(
    message,
    new RegExp(`^EPERM: .*${file} belongs to user 0, .* only its owner may remove it`),
  );
  await writer.close();
});

t.test('an owner whom the user namespace does not map', { skip }, (t) => {
  const dir = uniqueDirectory(t);
  chownSync(dir, 12_345, 12_345);
  chmodSync(dir, 0o755);
  const script = `
    import { openChannel } from 'smipc';
    try { openChannel('name', 'w', { dir: ${JSON.stringify(dir)} }); } catch (error) { console.log(error.message); }`;
  const args = ['--user', '--map-root-user', process.execPath, '--input-type=module', '-e', script];
  let text: string;
  try {
    text = execFileSync('unshare', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch {
    t.comment('not tested: no user namespaces');
    t.end();
    return;
  }
  t.match(
    text,
    /^EACCES: .*belongs to a user that this user namespace does not map \(65534\), and .*SMIPC_DIR/,
  );
  t.end();
});
