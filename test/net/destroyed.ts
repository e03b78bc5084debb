// What the peer sees of destroy(), resetAndDestroy() and destroySoon().
import { once } from 'node:events';
import * as net from 'smipc/net';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { overBoth, type Socket } from '../fixtures/net/both.js';
import { connectedPair } from '../fixtures/net/pair.js';
import { closed, record, stateOf } from '../fixtures/net/record.js';

/** Writes, and lets the other one read it all, so that both ways have nothing unread. */
async function greet(from: Socket, to: Socket): Promise<void> {
  const came = once(to, 'data');
  from.write('hello');
  await came;
}

const kDestroyers: Record<string, (socket: Socket) => unknown> = {
  'destroy()': (socket) => socket.destroy(),
  'destroySoon()': (socket) => socket.destroySoon(),
  'end(), then destroy()': (socket) => socket.end(() => socket.destroy()),
  'destroySoon() behind a write': (socket) => {
    socket.write('last');
    socket.destroySoon();
  },
  'destroy() behind a write': (socket) => {
    socket.write('last');
    socket.destroy();
  },
};

for (const [title, destroy] of Object.entries(kDestroyers)) {
  for (const who of ['client', 'accepted'] as const) {
    overBoth(t, `${title} of the ${who}`, async (t, way) => {
      const { client, accepted } = await connectedPair(t, way);
      const [mine, other] = who === 'client' ? [client, accepted] : [accepted, client];
      const events = record(mine);
      const theirs = record(other);
      await greet(other, mine);
      const same = destroy(mine) === mine;
      const state = stateOf(mine);
      await Promise.all([closed(client), closed(accepted)]);
      return { events, theirs, same, state, states: [stateOf(mine), stateOf(other)] };
    });
  }
}

overBoth(t, 'destroy(error) is told here', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  const events = record(client);
  accepted.on('error', () => {}).resume();
  const error = Object.assign(new Error('mine'), { code: 'MINE' });
  client.destroy(error);
  client.destroy(new Error('another'));
  await closed(client);
  return { events, state: stateOf(client), isSame: client.errored === error };
});

t.test('destroy(error) and resetAndDestroy() are a reset for the peer', async (t) => {
  for (const destroy of [
    (socket: Socket) => socket.destroy(new Error('mine')),
    (socket: Socket) => socket.resetAndDestroy(),
  ]) {
    const { client, accepted } = await connectedPair(t, { net, path: uniqueName(t) });
    const theirs = record(accepted);
    client.on('error', () => {});
    const failed = once(accepted, 'error').catch((error) => error);
    client.write('before');
    destroy(client);
    await closed(accepted);
    t.strictSame(theirs, ['data before', 'error ECONNRESET read', 'close true']);
    void failed;
  }
});

t.test('destroy() with a write that still queues is a reset', async (t) => {
  const { client, accepted } = await connectedPair(t, { net, path: uniqueName(t) });
  const events = record(client);
  client.write(Buffer.alloc(1 << 20), (error) => {
    events.push(`written ${(error as NodeJS.ErrnoException | null)?.code}`);
  });
  client.destroy();
  let bytes = 0;
  const theirs = record(accepted, { reads: false });
  accepted.on('data', (chunk: Buffer) => (bytes += chunk.length));
  await closed(accepted);
  t.strictSame(theirs, ['error ECONNRESET read', 'close true']);
  t.ok(bytes > 0 && bytes < 1 << 20, `${bytes} bytes were published`);
  t.strictSame(events, ['written ERR_STREAM_DESTROYED', 'close false']);
});

overBoth(t, 'destroyed twice: one close', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  accepted.resume();
  const events = record(client);
  client.destroy();
  client.destroy();
  client.end();
  await closed(client);
  await closed(accepted);
  return events;
});

overBoth(t, 'writes after destroy()', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  accepted.resume();
  const events = record(client);
  client.destroy();
  const returned = client.write('x', (error) => {
    events.push(`written ${(error as NodeJS.ErrnoException | null)?.code}`);
  });
  await closed(client);
  return { events, returned };
});

overBoth(t, 'destroyed in its own data listener', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  const events = record(client);
  const theirs = record(accepted);
  client.on('data', () => client.destroy());
  accepted.write('one');
  await Promise.all([closed(client), closed(accepted)]);
  return { events, theirs };
});

overBoth(t, "the peer's destroy() is read up to while paused", async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  const events = record(client, { reads: false });
  client.pause();
  await new Promise((resolve) => accepted.write('one', resolve));
  accepted.destroy();
  await closed(accepted);
  events.push('resumed');
  client.on('data', (data) => events.push(`data ${data}`));
  client.resume();
  await closed(client);
  return events;
});

t.test('who writes until write() is false hears that the peer has gone', async (t) => {
  for (const allowHalfOpen of [false, true]) {
    const name = uniqueName(t);
    const server = net.createServer({ allowHalfOpen });
    await once(server.listen(name), 'listening');
    const client = net.connect(name);
    const [accepted] = (await once(server, 'connection')) as [Socket];
    accepted.on('error', () => {}).resume();
    let writes = 0;
    const write = (): void => {
      while (!accepted.destroyed && accepted.write('a line')) writes++;
    };
    accepted.on('drain', write);
    write();
    client.resume();
    await once(client, 'data');
    client.destroy();
    await closed(accepted);
    t.ok(writes > 0, `${writes} writes, and then its end, with allowHalfOpen ${allowHalfOpen}`);
    server.close();
  }
});
