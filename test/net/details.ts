// Members of a socket and a server that programs touch, next to those of node:net.
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import * as net from 'smipc/net';
import t from 'tap';
import { leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { uniqueName } from '../fixtures/channels/names.js';
import { overBoth } from '../fixtures/net/both.js';
import { connectedPair, startServer } from '../fixtures/net/pair.js';
import { closed, record } from '../fixtures/net/record.js';
import { someTurns } from '../fixtures/timing/turns.js';

overBoth(t, 'addresses', async (t, way) => {
  const { client, accepted, server } = await connectedPair(t, way);
  const of = (socket: net.Socket) => ({
    address: { ...socket.address() },
    remote: [socket.remoteAddress, socket.remotePort, socket.remoteFamily],
    local: [socket.localAddress, socket.localPort, socket.localFamily],
  });
  return [of(client), of(accepted), server.address() === way.path];
});

overBoth(t, 'methods that have no effect return the socket', async (t, way) => {
  const { client } = await connectedPair(t, way);
  const loose = client as unknown as Record<string, (...values: unknown[]) => unknown>;
  const methods = ['setNoDelay', 'setKeepAlive', 'ref', 'unref', 'setTimeout', 'pause', 'resume'];
  const same = methods.map((method) => loose[method]?.(0) === client);
  return { same, isDuplex: client instanceof Duplex, encrypted: 'encrypted' in client };
});

overBoth(t, 'methods of a socket that was never connected', async (_t, { net }) => {
  const socket = new net.Socket();
  const events = record(socket);
  socket.setNoDelay().setKeepAlive(true).ref().unref().setTimeout(0).pause().resume();
  const { bytesRead, bytesWritten, destroyed } = socket;
  await someTurns();
  return { events, bytesRead, bytesWritten, destroyed };
});

overBoth(t, 'counters, also after the close', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  accepted.on('data', (data) => accepted.write(data));
  client.resume();
  const came = once(client, 'data');
  client.write('é');
  await came;
  const open = [client.bytesRead, client.bytesWritten, accepted.bytesRead, accepted.bytesWritten];
  client.destroy();
  await Promise.all([closed(client), closed(accepted)]);
  const after = [client.bytesRead, client.bytesWritten, accepted.bytesRead, accepted.bytesWritten];
  return { open, after };
});

overBoth(t, 'writing to a peer that has destroyed its side, half open', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way, { both: { allowHalfOpen: true } });
  const events = record(client);
  accepted.destroy();
  await Promise.all([closed(accepted), once(client, 'end')]);
  client.write('nobody', (error) => {
    events.push(`written ${(error as NodeJS.ErrnoException | null)?.code}`);
  });
  await closed(client);
  return events;
});

overBoth(t, 'both destroy at once', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  const one = record(client);
  const two = record(accepted);
  client.destroy();
  accepted.destroy();
  await Promise.all([closed(client), closed(accepted)]);
  return { one, two };
});

overBoth(t, 'both end at once', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  const one = record(client);
  const two = record(accepted);
  client.end('a');
  accepted.end('b');
  await Promise.all([closed(client), closed(accepted)]);
  return { one: one.sort(), two: two.sort() };
});

t.test('destroy() with something unread is an end for the peer', async (t) => {
  const { client, accepted } = await connectedPair(t, { net, path: uniqueName(t) });
  client.pause();
  await new Promise((resolve) => accepted.write('unread', resolve));
  const theirs = record(accepted);
  client.destroy();
  await closed(accepted);
  t.strictSame(theirs, ['end', 'finish', 'close false']);
});

t.test('20 that wait for one server', async (t) => {
  const path = uniqueName(t);
  const clients = Array.from({ length: 20 }, () => net.connect(path, { wait: true }));
  const connects = Promise.all(clients.map((client) => once(client, 'connect')));
  await someTurns();
  const server = await startServer(t, { net, path });
  let count = 0;
  server.on('connection', () => count++);
  await connects;
  await Promise.all(
    clients.map(async (client) => {
      client.resume().end();
      await closed(client);
    }),
  );
  t.equal(count, 20);
});

t.test('after a pause in which the session has gone', async (t) => {
  const dir = uniqueDirectory(t);
  const server = await startServer(t, { net, path: 'paused' }, {}, { dir });
  server.on('connection', (socket) => socket.end('hello'));
  for (let i = 0; i < 2; i++) {
    const client = net.connect('paused', { dir });
    const events = record(client);
    await closed(client);
    t.match(events.join(), /data hello/);
    // An idle session leaves after a second.
    if (i === 0) await new Promise((resolve) => setTimeout(resolve, 1300));
  }
  await new Promise((resolve) => server.close(resolve));
  t.strictSame(await leftIn(dir), []);
});

t.test('remoteAddress, as an option', async (t) => {
  const { client, accepted } = await connectedPair(
    t,
    { net, path: uniqueName(t) },
    { both: { remoteAddress: '127.0.0.1' } },
  );
  t.strictSame([client.remoteAddress, accepted.remoteAddress], ['127.0.0.1', '127.0.0.1']);
  t.strictSame([client.remotePid, accepted.remotePid], [process.pid, process.pid]);
});
