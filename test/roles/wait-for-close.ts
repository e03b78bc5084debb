// With `wait: true` a role that is taken is waited for; it comes when the holder leaves. Those that
// wait for the same role get it one after the other.
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { patternBytes } from '../fixtures/data/pattern.js';
import { startHolder } from '../fixtures/processes/holder.js';
import { consume } from '../fixtures/processes/outcome.js';
import { someTurns } from '../fixtures/timing/turns.js';

for (const mode of ['r', 'w'] as const) {
  t.test(`${mode}: the holder is another process`, async (t) => {
    const name = uniqueName(t);
    const holder = await startHolder(t, name, mode);
    const order: string[] = [];
    const opening = openChannel(name, mode, { wait: true }).then((channel) => {
      order.push('opened');
      return channel;
    });
    await someTurns();
    order.push('told to close');
    await holder.send('close');
    await (await opening).close();
    t.strictSame(order, ['told to close', 'opened']);
  });

  t.test(`${mode}: five wait in one process`, async (t) => {
    const name = uniqueName(t);
    const holder = openChannel(name, mode);
    let holders = 0;
    const rounds = Array.from({ length: 5 }, async () => {
      const channel = await openChannel(name, mode, { wait: true });
      t.equal(++holders, 1);
      await someTurns(3);
      holders--;
      await channel.close();
    });
    await someTurns();
    await holder.close();
    await Promise.all(rounds);
  });

  t.test(`${mode}: nobody holds it`, async (t) => {
    const channel = await openChannel(uniqueName(t), mode, { wait: true });
    await channel.close();
    t.pass('it came at once');
  });
}

t.test('streams: what is written meanwhile is kept', async (t) => {
  const name = uniqueName(t);
  const writerHolder = openChannel(name, 'w');
  const readerHolder = openChannel(name, 'r');
  const writer = createWriteStream(name, { wait: true });
  const outcome = consume(createReadStream(name, { wait: true }));
  writer.end(patternBytes(10_000));
  t.equal(writer.channel, undefined);
  t.ok(writer.pending);
  await someTurns();
  await writerHolder.close();
  await readerHolder.close();
  t.strictSame(await outcome, { bytes: 10_000, events: ['end', 'close'] });
});
