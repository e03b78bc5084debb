// Each end learns once that the other is there, whichever comes first: 'connect', `pending`,
// waitForPeer().
import { once } from 'node:events';
import {
  type ChannelReadStream,
  type ChannelWriteStream,
  createReadStream,
  createWriteStream,
} from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { someTurns } from '../fixtures/timing/turns.js';

type Open = (name: string) => ChannelReadStream | ChannelWriteStream;

for (const [what, openFirst, openSecond] of [
  ['the writer comes first', createWriteStream, createReadStream],
  ['the reader comes first', createReadStream, createWriteStream],
] as [string, Open, Open][]) {
  t.test(what, async (t) => {
    const name = uniqueName(t);
    const first = openFirst(name);
    t.teardown(() => first.destroy());
    let connects = 0;
    first.on('connect', () => connects++);
    let hasPeer = false;
    const waited = first.waitForPeer().then(() => {
      hasPeer = true;
    });
    await someTurns();
    t.equal(first.pending, true);
    t.equal(connects, 0);
    t.equal(hasPeer, false);

    const second = openSecond(name);
    t.teardown(() => second.destroy());
    await Promise.all([once(first, 'connect'), once(second, 'connect'), waited]);
    t.equal(first.pending, false);
    t.equal(second.pending, false);
    await second.waitForPeer();
    await first.waitForPeer();
    await someTurns();
    t.equal(connects, 1);
  });

  t.test(`${what}, in another process`, async (t) => {
    const name = uniqueName(t);
    const first = openFirst(name);
    t.teardown(() => first.destroy());
    first.on('error', () => {});
    const child = spawnChild(
      t,
      async ({ smipc, args, send, receive }) => {
        const stream = args.reads
          ? smipc.createReadStream(args.name)
          : smipc.createWriteStream(args.name);
        await stream.waitForPeer();
        await send('connected');
        await receive();
        stream.destroy();
      },
      { name, reads: openSecond === createReadStream },
    );
    await once(first, 'connect');
    t.equal(await child.message(), 'connected');
    await child.send('leave');
    t.match(await child.exit, { code: 0, stderr: '' });
  });
}

t.test('a peer that came and left was there', async (t) => {
  const name = uniqueName(t);
  createWriteStream(name).end('gone by now');
  const reader = createReadStream(name);
  t.teardown(() => reader.destroy());
  await reader.waitForPeer();
  t.equal(String((await once(reader, 'data'))[0]), 'gone by now');
});

t.test('waitForPeer(): signal, timeout, destroy()', async (t) => {
  const writer = createWriteStream(uniqueName(t));
  const start = performance.now();
  const timeout = { code: 'ETIMEDOUT', syscall: 'wait' };
  await t.rejects(writer.waitForPeer({ timeout: 30 }), timeout);
  t.ok(performance.now() - start >= 29);

  const abort = new AbortController();
  const waited = writer.waitForPeer({ signal: abort.signal });
  abort.abort();
  await t.rejects(waited, { name: 'AbortError', code: 'ABORT_ERR', cause: abort.signal.reason });

  const waiting = writer.waitForPeer();
  writer.destroy();
  await t.rejects(waiting, { code: 'EBADF' });
  await t.rejects(writer.waitForPeer(), { code: 'EBADF' });
});
