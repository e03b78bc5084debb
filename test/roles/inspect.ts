// inspect() tells the state of a channel through the whole life of both ends, and list() that of
// every channel, without taking a role.
import { mkdirSync, writeFileSync } from 'node:fs';
import { formatStatus, inspect, list, openChannel } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

t.test('states', async (t) => {
  const dir = uniqueDirectory(t);
  const look = () => inspect('channel', { dir });
  const { pid } = process;
  t.throws(look, { code: 'ENOENT', channel: 'channel', syscall: 'inspect' });

  const writer = openChannel('channel', 'w', { dir, capacity: 8192, framing: 'messages' });
  t.strictSame(look(), {
    name: 'channel',
    directory: dir,
    mode: null,
    capacity: 8192,
    framing: 'messages',
    resumable: false,
    bytesWritten: 0,
    bytesRead: 0,
    used: 0,
    messagesWritten: 0,
    messagesRead: 0,
    writer: { state: 'open', pid, sleeping: false, wakeUps: 0 },
    reader: { state: 'absent', wakeUps: 1 },
  });
  writer.writeSync(Buffer.alloc(8192));
  const full = 'channel: mode=- RO=0 WO=1 RC=0 WC=0 bufSz=8192 rc=0 wc=8192 state=full';
  t.equal(formatStatus(look()), full);

  const reader = openChannel('channel', 'r', { dir, framing: 'messages' });
  reader.tryRead(Buffer.alloc(100));
  t.match(look(), { bytesRead: 100, used: 8092, reader: { state: 'open', pid } });
  const { counters, ...status } = reader.status();
  t.ok(counters, 'of this end');
  t.strictSame({ ...look(), mode: 'r' }, status);

  writer.end();
  t.match(look(), { writer: { state: 'ended', pid } });
  await writer.close();
  t.match(look(), { writer: { state: 'ended', pid }, reader: { state: 'open' } });
  const left = 'channel: mode=- RO=1 WO=1 RC=0 WC=1 bufSz=8192 rc=100 wc=8192 state=normal';
  t.equal(formatStatus(look()), left);
  await reader.close();
  t.throws(look, { code: 'ENOENT' });
});

t.test('aborted, closed and died', async (t) => {
  const dir = uniqueDirectory(t);
  const writer = openChannel('channel', 'w', { dir });
  await openChannel('channel', 'r', { dir }).close();
  t.match(inspect('channel', { dir }), { reader: { state: 'closed', pid: process.pid } });
  await writer.close();

  const reader = openChannel('channel', 'r', { dir });
  await openChannel('channel', 'w', { dir }).close();
  t.match(inspect('channel', { dir }), { writer: { state: 'aborted' } });
  await reader.close();

  const child = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      const ends = [
        smipc.openChannel('channel', 'w', { dir: args.dir }),
        smipc.openChannel('channel', 'r', { dir: args.dir }),
      ];
      await send('open');
      await receive();
      for (const end of ends) await end.close();
    },
    { dir },
  );
  await child.message();
  child.kill();
  await child.exit;
  const died = { state: 'died', pid: child.pid };
  t.match(inspect('channel', { dir }), { writer: died, reader: died });
});

t.test('list()', async (t) => {
  const dir = uniqueDirectory(t);
  t.strictSame(list({ dir }), []);
  t.strictSame(list({ dir: `${dir}/not-there` }), []);
  const names = ['b', 'ä', 'a'];
  const channels = names.map((name) => openChannel(name, 'r', { dir }));
  mkdirSync(`${dir}/directory`);
  writeFileSync(`${dir}/file`, 'not a channel');
  t.strictSame(
    list({ dir }).map(({ name }) => name),
    ['a', 'b', 'ä'],
  );
  t.strictSame(list({ dir })[0], inspect('a', { dir }));
  await Promise.all(channels.map((channel) => channel.close()));
  t.strictSame(list({ dir }), []);
});
