// `create: 'always'` insists on making the channel, 'never' on finding it. The creator's capacity
// wins, and a refusal leaves nothing behind.
import { readdirSync } from 'node:fs';
import { openChannel } from 'smipc';
import t from 'tap';
import { channelsIn, leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { openStream } from '../fixtures/channels/open-stream.js';
import { outcomeOf } from '../fixtures/processes/outcome.js';

const name = 'channel';

for (const [mode, opposite] of [
  ['r', 'w'],
  ['w', 'r'],
] as const) {
  t.test(mode, async (t) => {
    const dir = uniqueDirectory(t);
    const enoent = { code: 'ENOENT', channel: name, syscall: 'open' };
    t.throws(() => openChannel(name, mode, { dir, create: 'never' }), enoent);
    t.strictSame(readdirSync(dir), []);

    const first = openChannel(name, mode, { dir, create: 'always', capacity: 10_000 });
    t.equal(first.capacity, 16_384);
    t.throws(() => openChannel(name, opposite, { dir, create: 'always' }), { code: 'EEXIST' });
    t.throws(() => openChannel(name, mode, { dir, create: 'always' }), { code: 'EEXIST' });
    t.throws(() => openChannel(name, mode, { dir, create: 'never' }), { code: 'EBUSY' });
    const second = openChannel(name, opposite, { dir, create: 'never', capacity: 4096 });
    t.equal(second.capacity, 16_384);
    await Promise.all([first.close(), second.close()]);
    t.strictSame(await leftIn(dir), []);
  });
}

t.test('a directory that is not there: never makes it, auto does', async (t) => {
  const dir = `${uniqueDirectory(t)}/new`;
  t.throws(() => openChannel(name, 'r', { dir, create: 'never' }), { code: 'ENOENT' });
  t.throws(() => readdirSync(dir), { code: 'ENOENT' });
  const channel = openChannel(name, 'r', { dir });
  t.strictSame(channelsIn(dir), [name]);
  await channel.close();
});

t.test('streams emit it', async (t) => {
  const dir = uniqueDirectory(t);
  for (const create of Object.values(openStream)) {
    const outcome = await outcomeOf(create(name, { dir, create: 'never' }));
    t.strictSame(outcome, { events: ['error', 'close'], code: 'ENOENT' });
  }
});
