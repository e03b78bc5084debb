// A directory that cannot be made, because one above it is missing: ERR_SMIPC_DIRECTORY, which names the
// missing one and the way out. One that is merely not there yet holds no channels: ENOENT.
import { execFileSync } from 'node:child_process';
import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { inspect, list, openChannel, remove } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { openStream } from '../fixtures/channels/open-stream.js';

const name = 'name';

t.test('one above it is missing', async (t) => {
  const base = uniqueDirectory(t);
  const gone = join(base, 'gone');
  const link = join(base, 'link');
  symlinkSync('nowhere', link);
  for (const [dir, missing, flaw] of [
    [join(gone, 'channels'), gone, 'does not exist; create it'],
    [join(gone, 'deep', 'channels'), gone, 'does not exist; create it'],
    [
      join(link, 'channels'),
      link,
      'is a symbolic link to something that does not exist; repair it',
    ],
  ] as const) {
    const error = {
      name: 'SmipcError',
      code: 'ERR_SMIPC_DIRECTORY',
      errno: -2,
      cause: { code: 'ENOENT' },
    };
    const message = new RegExp(`${dir}, because ${missing} ${flaw}, .*SMIPC_DIR.*\\bdir\\b`);
    for (const mode of ['r', 'w'] as const) {
      for (const create of ['auto', 'always', 'never'] as const) {
        const open = () => openChannel(name, mode, { dir, create });
        t.throws(open, { ...error, message, syscall: 'open', channel: name });
      }
      await t.rejects(openChannel(name, mode, { dir, wait: true }), { ...error, message });
    }
    for (const create of Object.values(openStream)) {
      const stream = create(name, { dir });
      const emitted = await new Promise((resolve) => stream.once('error', resolve));
      t.match(emitted, { ...error, message });
    }
    t.throws(() => inspect(name, { dir }), { ...error, message, syscall: 'inspect' });
    t.throws(() => remove(name, { dir }), { ...error, message, syscall: 'remove' });
    t.throws(() => list({ dir }), { ...error, message, syscall: 'inspect' });
  }
  t.strictSame(readdirSync(base), ['link'], 'nothing was made');
});

t.test('it is not there yet', async (t) => {
  const dir = join(uniqueDirectory(t), 'channels');
  const error = { name: 'SmipcError', code: 'ENOENT', errno: undefined };
  t.throws(() => openChannel(name, 'r', { dir, create: 'never' }), { ...error, syscall: 'open' });
  t.throws(() => inspect(name, { dir }), { ...error, syscall: 'inspect' });
  t.throws(() => remove(name, { dir }), { ...error, syscall: 'remove' });
  t.strictSame(list({ dir }), []);
  const writer = openChannel(name, 'w', { dir });
  t.equal(list({ dir }).length, 1);
  await writer.close();
});

t.test('where the kernel makes no directories', async (t) => {
  for (const dir of ['/proc/channels', '/proc']) {
    const message =
      /^ERR_SMIPC_DIRECTORY: the file system .*of \/proc(\/channels)? cannot hold channels .*SMIPC_DIR/;
    const error = { code: 'ERR_SMIPC_DIRECTORY', errno: -2, message };
    t.throws(() => openChannel(name, 'w', { dir }), error);
  }
});

t.test('no /dev/shm', async (t) => {
  // A mount namespace of its own, thrown away with the process.
  const script = `mount -t tmpfs none /dev && exec "$0" --input-type=module -e '
    import { openChannel } from "smipc";
    try { openChannel("name", "r", { create: "never" }); } catch (error) { console.log(error.message); }
  '`;
  let text: string;
  try {
    const env = { ...process.env, SMIPC_DIR: '' };
    const args = ['-rm', 'sh', '-c', script, process.execPath];
    text = execFileSync('unshare', args, {
      encoding: 'utf8',
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch {
    t.comment('not tested: a mount namespace needs root, or user namespaces');
    return;
  }
  t.match(text, /^ERR_SMIPC_DIRECTORY: .* because \/dev\/shm does not exist; .*SMIPC_DIR/);
});
