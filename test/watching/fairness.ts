// However many channels there are to look at, the event loop has its turn in between.
import { type Channel, type ChannelEvent, openChannel, watch } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';

/** To look at so many takes many times as long as a turn may. */
const kChannels = 2000;
const kTurns = 3;

t.test('many channels', async (t) => {
  const dir = uniqueDirectory(t);
  const channels: Channel[] = [];
  for (let i = 0; i < kChannels; i++) {
    channels.push(openChannel(`channel-${i}`, 'r', { dir, capacity: 4096 }));
  }
  const events = watch({ dir });
  const names = new Set<string>();
  let turns = 0;
  const count = (): void => {
    turns++;
    if (names.size < kChannels) setImmediate(count);
  };
  setImmediate(count);
  while (names.size < kChannels) {
    const { type, name } = (await events.next()).value as ChannelEvent;
    if (type !== 'added') t.fail(`${type} ${name}`);
    names.add(name);
  }
  t.ok(turns >= kTurns, `${turns} turns`);
  await events.return?.();
  await Promise.all(channels.map((channel) => channel.close()));
});
