// A resumable channel that always has an owner is always there, for list() and for watch(), although
// each of its owners leaves: the next writer comes before the reader leaves, the next reader before
// the writer leaves.
import { list, watch } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { until } from '../fixtures/timing/until.js';

t.test('a channel that is handed over again and again', async (t) => {
  const dir = uniqueDirectory(t);
  const owners = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      const options = { ...args, capacity: 4096, resume: true };
      let reader = smipc.openChannel('jobs', 'r', options);
      let isOver = false;
      void receive().then(() => {
        isOver = true;
      });
      await send('open');
      for (let rounds = 0; !isOver; rounds++) {
        const writer = smipc.openChannel('jobs', 'w', options);
        await reader.close();
        reader = smipc.openChannel('jobs', 'r', options);
        await writer.close();
        // Now and then there is time to hear that it is over.
        if (rounds % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await send('over');
      await receive();
      await reader.close();
    },
    { dir },
  );
  t.equal(await owners.message(), 'open');

  const told: string[] = [];
  const controller = new AbortController();
  const following = (async () => {
    for await (const { type } of watch({ dir, signal: controller.signal })) told.push(type);
  })();
  let lists = 0;
  let misses = 0;
  await until(() => {
    for (let i = 0; i < 500; i++, lists++) misses += 1 - list({ dir }).length;
    return lists >= 10_000 && told.length > 300;
  }, 'enough has happened');
  t.equal(misses, 0, `of ${lists} lists`);
  await owners.send('end');
  t.equal(await owners.message(), 'over');
  t.strictSame(
    told.filter((type) => type !== 'changed'),
    ['added'],
    `of ${told.length} events`,
  );
  await owners.send('close');
  await until(() => told.at(-1) === 'removed', 'the last one has left');
  controller.abort();
  await t.rejects(following, { code: 'ABORT_ERR' });
});
