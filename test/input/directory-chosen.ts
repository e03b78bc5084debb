// Where channels are: the option `dir`, or SMIPC_DIR, or a directory of this user in shared memory;
// made, for this user alone, if it is not there.
import { existsSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inspect, openChannel } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';

const name = 'name';
const modeOf = (path: string) => statSync(path).mode & 0o777;

t.test('dir', async (t) => {
  const dir = join(uniqueDirectory(t), 'new');
  const writer = openChannel(name, 'w', { dir });
  t.equal(modeOf(dir), 0o700);
  t.equal(modeOf(join(dir, name)), 0o600);
  t.equal(statSync(join(dir, name)).size, 4096 + writer.capacity);
  // Nothing but the path counts.
  const reader = openChannel(name, 'r', { dir: relative('.', dir), create: 'never' });
  await Promise.all([writer.close(), reader.close()]);
  t.notOk(existsSync(join(dir, name)));
});

t.test('its parents are not made', (t) => {
  const dir = join(uniqueDirectory(t), 'new', 'newer');
  const error = { name: 'SmipcError', code: 'ERR_SMIPC_DIRECTORY' };
  t.throws(() => openChannel(name, 'w', { dir }), error);
  t.notOk(existsSync(join(dir, '..')));
  t.end();
});

t.test('with create: never it is not made either', (t) => {
  const dir = join(uniqueDirectory(t), 'new');
  t.throws(() => openChannel(name, 'w', { dir, create: 'never' }), { code: 'ENOENT' });
  t.throws(() => inspect(name, { dir }), { code: 'ENOENT' });
  t.notOk(existsSync(dir));
  t.end();
});

for (const [what, SMIPC_DIR] of [
  ['SMIPC_DIR', '/dev/shm/smipc-test-env'],
  ['the default', undefined],
  ['an empty SMIPC_DIR', ''],
] as const) {
  t.test(what, async (t) => {
    const unique = uniqueName(t);
    const base = SMIPC_DIR ? uniqueDirectory(t) : undefined;
    const child = spawnChild(
      t,
      async ({ smipc, args, send, receive }) => {
        const channel = smipc.openChannel(args.unique, 'w');
        await send('open');
        await receive();
        await channel.close();
      },
      { unique },
      { env: { SMIPC_DIR: base ?? SMIPC_DIR } },
    );
    t.equal(await child.message(), 'open');
    const dir = base ?? `/dev/shm/smipc-${process.geteuid?.()}`;
    t.match(inspect(unique, { dir }), { writer: { state: 'open', pid: child.pid } });
    await child.send('close');
    await child.exit;
  });
}

t.test('the mode of files is `permissions`, whatever the umask', async (t) => {
  const dir = uniqueDirectory(t);
  const umask = process.umask(0o077);
  t.teardown(() => process.umask(umask));
  for (const permissions of [0o600, 0o640, 0o666]) {
    const writer = openChannel(name, 'w', { dir, permissions });
    t.equal(modeOf(join(dir, name)), permissions);
    await writer.close();
  }
});
