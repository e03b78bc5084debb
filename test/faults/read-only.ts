// A file system that may only be read: no channel can be opened there, nor looked at, for the file of
// a channel is opened for writing. Channels that are in use elsewhere are not harmed.
import { readdirSync } from 'node:fs';
import { createReadStream, inspect, openChannel, remove } from 'smipc';
import t from 'tap';
import { leftIn } from '../fixtures/channels/directory.js';
import { mountedDirectory, readOnlyView } from '../fixtures/processes/mounts.js';

t.test('EROFS', async (t) => {
  const dir = mountedDirectory(t, 'size=4m');
  if (dir === undefined) return;
  const view = readOnlyView(t, dir);
  if (view === undefined) return;
  const writer = openChannel('used', 'w', { dir });
  const reader = openChannel('used', 'r', { dir });
  const before = readdirSync(dir);
  const error = { name: 'SmipcError', code: 'EROFS', errno: -30 };
  for (const name of ['used', 'new']) {
    for (const mode of ['r', 'w'] as const) {
      const open = { ...error, syscall: 'open', channel: name };
      t.throws(() => openChannel(name, mode, { dir: view }), open);
      await t.rejects(openChannel(name, mode, { dir: view, wait: true }), open);
    }
  }
  const stream = createReadStream('used', { dir: view });
  t.match(await new Promise((resolve) => stream.once('error', resolve)), error);
  t.throws(() => inspect('used', { dir: view }), { ...error, syscall: 'inspect' });
  t.throws(() => remove('used', { dir: view }), { ...error, syscall: 'remove' });
  t.throws(() => openChannel('none', 'r', { dir: view, create: 'never' }), { code: 'ENOENT' });
  t.strictSame(readdirSync(dir), before);
  await writer.write(Buffer.from('x'));
  t.equal(reader.tryRead(Buffer.alloc(1)), 1);
  await Promise.all([writer.close(), reader.close()]);
  t.strictSame(await leftIn(dir), []);
});
