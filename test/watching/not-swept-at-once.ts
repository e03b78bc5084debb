// A channel that nobody can use any more is told of as removed, even if it cannot be swept just then. It
// is swept later, and not forgotten before.
import { type ChannelEvent, list, openChannel, watch } from 'smipc';
import t from 'tap';
import { channelsIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { lockDirectory } from '../fixtures/processes/directory-lock.js';
import { startHolder } from '../fixtures/processes/holder.js';
import { until } from '../fixtures/timing/until.js';

t.test('while another process has the lock', async (t) => {
  const dir = uniqueDirectory(t);
  const events = watch({ dir });
  t.teardown(() => events.return?.());
  const next = async () => {
    const { type, name, status } = (await events.next()).value as ChannelEvent;
    return `${type} ${name}: ${status.writer.state}, ${status.reader.state}`;
  };
  const reader = await startHolder(t, 'left', 'r', { dir });
  t.equal(await next(), 'added left: absent, open');
  const { release, gone } = await lockDirectory(t, dir);
  reader.kill();
  t.equal(await next(), 'removed left: absent, died');
  t.strictSame(channelsIn(dir), ['left']);
  t.strictSame(list({ dir }), [], 'list() says the same');

  const more = next();
  release();
  await gone;
  await until(() => channelsIn(dir).length === 0, 'it is swept');
  const writer = openChannel('left', 'w', { dir });
  t.equal(await more, 'added left: open, absent', 'it was told of once');
  await writer.close();
});
