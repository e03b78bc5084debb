// watch() tells of channels that are there, come, change hands and go, and of deaths that nobody else
// hears of.
import { type Channel, type ChannelEvent, openChannel, remove, watch } from 'smipc';
import t, { type Test } from 'tap';
import { channelsIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { startHolder } from '../fixtures/processes/holder.js';
import { until } from '../fixtures/timing/until.js';

function watchIn(t: Test, dir: string) {
  const events = watch({ dir });
  t.teardown(() => events.return?.());
  /** The next event: what, of which channel, and how its ends are. */
  return async () => {
    const { type, name, status } = (await events.next()).value as ChannelEvent;
    return `${type} ${name}: ${status.writer.state}, ${status.reader.state}`;
  };
}

t.test('one channel, from the first opening to the last close', async (t) => {
  const dir = uniqueDirectory(t);
  const next = watchIn(t, dir);
  const coming = next();
  const reader = openChannel('one', 'r', { dir });
  t.equal(await coming, 'added one: absent, open');
  const writer = openChannel('one', 'w', { dir });
  t.equal(await next(), 'changed one: open, open');
  writer.end();
  t.equal(await next(), 'changed one: ended, open');
  await writer.close();
  await reader.close();
  t.match(await next(), /^removed one: ended, /);
});

t.test('those that are there come first, sorted', async (t) => {
  const dir = uniqueDirectory(t);
  const channels = ['b', 'c', 'a'].map((name) => openChannel(name, 'w', { dir }));
  const next = watchIn(t, dir);
  for (const name of ['a', 'b', 'c']) t.equal(await next(), `added ${name}: open, absent`);
  const waiting = next();
  await channels[1]?.close();
  t.match(await waiting, /^removed c/);
  await Promise.all(channels.map((channel) => channel.close()));
});

t.test('deaths', async (t) => {
  const dir = uniqueDirectory(t);
  const next = watchIn(t, dir);
  const lonely = await startHolder(t, 'lonely', 'r', { dir });
  t.equal(await next(), 'added lonely: absent, open');
  lonely.kill();
  t.equal(await next(), 'removed lonely: absent, died');
  await until(() => channelsIn(dir).length === 0, 'it is swept');

  const writer = openChannel('peer', 'w', { dir });
  t.equal(await next(), 'added peer: open, absent');
  const peer = await startHolder(t, 'peer', 'r', { dir });
  t.equal(await next(), 'changed peer: open, open');
  peer.kill();
  t.equal(await next(), 'changed peer: open, died');
  await writer.close();
  t.match(await next(), /^removed peer/);
});

t.test('a channel that is replaced', async (t) => {
  const dir = uniqueDirectory(t);
  const next = watchIn(t, dir);
  const old = openChannel('name', 'w', { dir });
  t.equal(await next(), 'added name: open, absent');
  remove('name', { dir, force: true });
  const other = openChannel('name', 'r', { dir });
  t.match(await next(), /^removed name/);
  t.equal(await next(), 'added name: absent, open');
  await Promise.all([old.close(), other.close()]);
});

t.test('takeovers', async (t) => {
  const dir = uniqueDirectory(t);
  const events = watch({ dir });
  t.teardown(() => events.return?.());
  const next = async () => (await events.next()).value as ChannelEvent;
  const options = { dir, resume: true };
  const reader = openChannel('jobs', 'r', options);
  const writer = openChannel('jobs', 'w', options);
  t.match(await next(), { type: 'added', name: 'jobs' });
  await writer.close();
  t.match(await next(), { type: 'changed', status: { writer: { state: 'aborted' } } });
  const another = openChannel('jobs', 'w', options);
  const { type, status } = await next();
  t.equal(type, 'changed');
  t.match(status.writer, { state: 'open', takeovers: 1 });
  await Promise.all([another.close(), reader.close()]);
});

t.test('what happens while nobody asks is told as one event', async (t) => {
  const dir = uniqueDirectory(t);
  const next = watchIn(t, dir);
  const writer = openChannel('kept', 'w', { dir });
  t.equal(await next(), 'added kept: open, absent');
  for (let i = 0; i < 100; i++) await openChannel(`gone-${i}`, 'w', { dir }).close();
  const reader = openChannel('kept', 'r', { dir });
  writer.end();
  t.equal(await next(), 'changed kept: ended, open');
  await Promise.all([writer.close(), reader.close()]);
});

t.test('nothing is missed, however much there is', async (t) => {
  const dir = uniqueDirectory(t);
  const seen = new Map<string, string>();
  const controller = new AbortController();
  const following = (async () => {
    for await (const { type, name, status } of watch({ dir, signal: controller.signal })) {
      t.equal(seen.has(name), type !== 'added', `${type} ${name}`);
      if (type === 'removed') seen.delete(name);
      else seen.set(name, `${status.writer.state}, ${status.reader.state}`);
    }
  })();
  const channels = new Map<string, Channel>();
  for (let i = 0; i < 600; i++) {
    const name = `channel-${(i * 7) % 60}`;
    const open = channels.get(name);
    if (open === undefined) {
      channels.set(name, openChannel(name, i % 2 === 0 ? 'r' : 'w', { dir, capacity: 4096 }));
    } else {
      channels.delete(name);
      await open.close();
    }
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const expected = new Map(
    [...channels].map(([name, { mode }]) => [name, mode === 'r' ? 'absent, open' : 'open, absent']),
  );
  const isAll = () =>
    seen.size === expected.size && [...expected].every(([name, is]) => seen.get(name) === is);
  await until(isAll, 'what was told is what there is');
  controller.abort();
  await t.rejects(following, { name: 'AbortError', code: 'ABORT_ERR' });
  await Promise.all([...channels.values()].map((channel) => channel.close()));
});
