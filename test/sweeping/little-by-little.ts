// Each opening sweeps a little, however much there is; and whoever comes, in time all is swept.
import { list, openChannel } from 'smipc';
import t from 'tap';
import { channelsIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { until } from '../fixtures/timing/until.js';

/** What one opening removes at most (kMostLooks in native/channel/sweep.cc). */
const kMostLooks = 8;
const kLeft = 150;

/** Leaves that many channels of a dead process. */
async function leave(t: import('tap').Test, dir: string, count: number): Promise<void> {
  const child = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      for (let i = 0; i < args.count; i++) {
        smipc.openChannel(`left-${i}`, 'r', { dir: args.dir, capacity: 4096 });
      }
      await send('open');
      await receive();
    },
    { dir, count },
  );
  await child.message();
  child.kill();
  await child.exit;
}

t.test('openings', async (t) => {
  const dir = uniqueDirectory(t);
  await leave(t, dir, kLeft);
  t.equal(channelsIn(dir).length, kLeft);
  let before = kLeft;
  // Names are read once in a second, and those of a sample are looked at.
  await until(async () => {
    await openChannel('mine', 'w', { dir, capacity: 4096 }).close();
    const now = channelsIn(dir).length;
    if (before - now > kMostLooks) t.fail(`${before - now} at once`);
    before = now;
    return now === 0;
  }, 'everything is swept');
});

t.test('processes that open one channel each', async (t) => {
  const dir = uniqueDirectory(t);
  // Some that are held are among them: those who come must not always look at the same ones.
  const held = Array.from({ length: 30 }, (_, i) =>
    openChannel(`held-${i}`, 'w', { dir, capacity: 4096 }),
  );
  t.teardown(() => Promise.all(held.map((channel) => channel.close())));
  await leave(t, dir, 20);
  const open = async () => {
    const child = spawnChild(
      t,
      async ({ smipc, args }) => {
        await smipc.openChannel('mine', 'w', { dir: args.dir, capacity: 4096 }).close();
      },
      { dir },
    );
    t.match(await child.exit, { code: 0 });
    return channelsIn(dir).length === held.length;
  };
  await until(open, 'everything is swept');
});

t.test('lists', async (t) => {
  const dir = uniqueDirectory(t);
  await leave(t, dir, kLeft);
  t.strictSame(list({ dir }), []);
  await until(() => list({ dir }).length === 0 && channelsIn(dir).length === 0, 'all is swept');
});
