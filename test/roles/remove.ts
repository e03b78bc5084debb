// remove() deletes a channel that no live process holds. With `force` it deletes any, and its owners
// go on undisturbed; nobody else can find them any more.
import { createWriteStream, openChannel, remove } from 'smipc';
import t from 'tap';
import { channelsIn, leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { startHolder } from '../fixtures/processes/holder.js';
import { outcomeOf } from '../fixtures/processes/outcome.js';

const name = 'channel';

t.test('a name that is not there', async (t) => {
  const dir = uniqueDirectory(t);
  const enoent = { code: 'ENOENT', channel: name, syscall: 'remove' };
  t.throws(() => remove(name, { dir }), enoent);
  t.throws(() => remove(name, { dir, force: true }), enoent);
});

t.test('an ended stream that nobody has read', async (t) => {
  const dir = uniqueDirectory(t);
  await outcomeOf(createWriteStream(name, { dir }).end('unread'));
  remove(name, { dir });
  t.strictSame(await leftIn(dir), []);
  await openChannel(name, 'w', { dir }).close();
});

for (const mode of ['r', 'w'] as const) {
  t.test(`a channel with a live holder, ${mode}`, async (t) => {
    const dir = uniqueDirectory(t);
    const holder = await startHolder(t, name, mode, { dir });
    t.throws(() => remove(name, { dir }), { code: 'EBUSY', pid: holder.pid });
    t.throws(() => remove(name, { dir, force: false }), { code: 'EBUSY' });
    t.strictSame(channelsIn(dir), [name]);
    holder.kill();
    await holder.exit;
    remove(name, { dir });
    t.strictSame(await leftIn(dir), []);
  });
}

t.test('force, under a transfer', async (t) => {
  const dir = uniqueDirectory(t);
  const writer = openChannel(name, 'w', { dir });
  const reader = openChannel(name, 'r', { dir });
  remove(name, { dir, force: true });
  t.strictSame(channelsIn(dir), []);

  const other = openChannel(name, 'w', { dir, create: 'always' });
  await writer.write(Buffer.from('still here'));
  const target = Buffer.alloc(10);
  t.equal(await reader.read(target, { min: 10 }), 10);
  t.equal(target.toString(), 'still here');
  await Promise.all([writer.close(), reader.close()]);
  t.strictSame(channelsIn(dir), [name]);
  await other.close();
});

t.test('whoever waits for the role of a removed channel gets it', async (t) => {
  const dir = uniqueDirectory(t);
  const holder = openChannel(name, 'w', { dir });
  const opening = openChannel(name, 'w', { dir, wait: true });
  remove(name, { dir, force: true });
  await (await opening).close();
  await holder.close();
});
