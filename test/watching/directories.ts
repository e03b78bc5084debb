// watch() goes on when its directory is not there yet, or is removed and made again.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ChannelEvent, openChannel, watch } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';

for (const below of ['channels', 'parent/channels']) {
  t.test(below, async (t) => {
    const root = uniqueDirectory(t);
    const dir = join(root, below);
    const events = watch({ dir });
    t.teardown(() => events.return?.());
    const next = async () => {
      const { type, name } = (await events.next()).value as ChannelEvent;
      return `${type} ${name}`;
    };
    for (const name of ['first', 'second']) {
      const coming = next();
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      const channel = openChannel(name, 'w', { dir });
      t.equal(await coming, `added ${name}`);
      rmSync(join(root, below.split('/')[0] as string), { recursive: true });
      t.equal(await next(), `removed ${name}`);
      await channel.close();
    }
  });
}

t.test('a directory that is not to be trusted', async (t) => {
  const dir = uniqueDirectory(t);
  const channel = openChannel('channel', 'w', { dir });
  t.teardown(() => channel.close());
  mkdirSync(join(dir, 'open'), { mode: 0o777 });
  const events = watch({ dir: join(dir, 'channel') });
  await t.rejects(events.next(), { code: 'ENOTDIR' });
  t.strictSame(await events.next(), { value: undefined, done: true });
});
