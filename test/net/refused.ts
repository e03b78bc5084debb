// Why a connection, or a server, is refused: ENOENT, ECONNREFUSED, EADDRINUSE, what is no server, and what
// the two sides must agree upon.
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import * as net from 'smipc/net';
import t from 'tap';
import { leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { uniqueName } from '../fixtures/channels/names.js';
import { overBoth } from '../fixtures/net/both.js';
import { startServer } from '../fixtures/net/pair.js';
import { closed, record } from '../fixtures/net/record.js';
import { spawnChild } from '../fixtures/processes/child.js';

overBoth(t, 'nothing is there', async (_t, { net, path }) => {
  const client = net.connect(path, () => events.push('listener'));
  const events = record(client);
  // Node says ERR_SOCKET_CLOSED_BEFORE_CONNECTION, and smipc why.
  client.write('lost', (error) => events.push(`written ${error instanceof Error}`));
  const isLater = events.length === 0;
  await closed(client);
  return { isLater, events: events.sort(), pending: client.pending, state: client.readyState };
});

/** A server process that is killed when `path` has its server. */
const kKilled = async ({
  args,
  send,
}: {
  args: { path: string; isSmipc: boolean };
  send(message: unknown): Promise<void>;
}) => {
  const net = (await import(args.isSmipc ? 'smipc/net' : 'node:net')) as typeof import('smipc/net');
  net.createServer().listen(args.path, () => void send('listening'));
};

overBoth(t, 'a server that was killed', async (t, { net, path, isSmipc }) => {
  const child = spawnChild(t, kKilled, { path, isSmipc });
  await child.message();
  child.kill();
  await child.exit;
  const client = net.connect(path);
  const events = record(client);
  await closed(client);
  return events.join();
});

t.test(
  'a name that a killed server had is free at once, and nothing is to be cleaned up',
  async (t) => {
    const path = 'killed';
    const dir = uniqueDirectory(t);
    const child = spawnChild(
      t,
      async ({ args, send }) => {
        const net = await import('smipc/net');
        net.createServer().listen(args.path, { dir: args.dir }, () => void send('listening'));
      },
      { path, dir },
    );
    await child.message();
    child.kill();
    await child.exit;
    const server = await startServer(t, { net, path }, {}, { dir });
    const client = net.connect(path, { dir });
    await Promise.all([once(client, 'connect'), once(server, 'connection')]);
    client.destroy();
    await new Promise((resolve) => server.close(resolve));
    t.strictSame(await leftIn(dir), []);
  },
);

overBoth(t, 'a name that is in use', async (t, way) => {
  const server = await startServer(t, way);
  const other = way.net.createServer();
  let listens = 0;
  const failed = once(other, 'error');
  other.listen(way.path, () => listens++);
  const [error] = await failed;
  const { code, syscall } = error as NodeJS.ErrnoException;
  const wasListening = other.listening;
  // The first one is not disturbed.
  const client = way.net.connect(way.path);
  await Promise.all([once(client, 'connect'), once(server, 'connection')]);
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
  other.listen(way.path);
  await once(other, 'listening');
  other.close();
  return { code, syscall, wasListening, listens };
});

t.test('EADDRINUSE names the process', async (t) => {
  const path = uniqueName(t);
  const child = spawnChild(t, kKilled, { path, isSmipc: true });
  await child.message();
  const [error] = await once(net.createServer().listen(path), 'error');
  t.match(error, { code: 'EADDRINUSE', syscall: 'listen', pid: child.pid, channel: path });
});

t.test("a channel's name is not a server's", async (t) => {
  for (const mode of ['r', 'w'] as const) {
    const path = uniqueName(t);
    const channel = openChannel(path, mode);
    t.teardown(() => channel.close());
    const refused = { code: 'ERR_SMIPC_INCOMPATIBLE', channel: path };
    const [connecting] = await once(net.connect(path), 'error');
    t.match(connecting, { ...refused, syscall: 'connect' });
    t.match(connecting.message, /channel/, 'in words');
    const [listening] = await once(net.createServer().listen(path), 'error');
    t.match(listening, { ...refused, syscall: 'listen' });
    t.match(listening.message, /channel/, 'in words');
  }
});

t.test("a server's name is not a channel's", async (t) => {
  const path = uniqueName(t);
  await startServer(t, { net, path });
  const refused = { code: 'ERR_SMIPC_INCOMPATIBLE', channel: path };
  for (const create of [createReadStream, createWriteStream]) {
    const open = create as (name: string) => ReturnType<typeof createReadStream>;
    const [error] = await once(open(path), 'error');
    t.match(error, refused);
    t.match(error.message, /server|connections/, 'in words');
  }
  t.throws(() => openChannel(path, 'r'), refused);
});

t.test('objects and bytes', async (t) => {
  const kinds = { bytes: {}, messages: { messages: true }, objects: { objectMode: true } };
  for (const [server, ofServer] of Object.entries(kinds)) {
    const path = uniqueName(t);
    await startServer(t, { net, path }, ofServer);
    for (const [client, ofClient] of Object.entries(kinds)) {
      const socket = net.connect(path, ofClient);
      if (client === server) {
        await once(socket, 'connect');
        socket.destroy();
        continue;
      }
      const [error] = await once(socket, 'error');
      t.match(
        error,
        { code: 'ERR_SMIPC_INCOMPATIBLE', syscall: 'connect' },
        `${client}, ${server}`,
      );
      t.match(error.message, /objectMode/, 'in words');
    }
  }
});

t.test('a directory that one may not write to', async (t) => {
  if (process.getuid?.() === 0) {
    t.comment('not tested: root may');
    return;
  }
  const dir = uniqueDirectory(t);
  chmodSync(dir, 0o500);
  t.teardown(() => chmodSync(dir, 0o700));
  const [listening] = await once(net.createServer().listen('refused', { dir }), 'error');
  t.match(listening, { code: 'EACCES', syscall: 'listen' });
});

t.test('a directory that is not there', async (t) => {
  const dir = join(uniqueDirectory(t), 'new');
  const [connecting] = await once(net.connect('x', { dir }), 'error');
  t.match(connecting, { code: 'ENOENT', syscall: 'connect' });
  await startServer(t, { net, path: 'x' }, {}, { dir });
  const client = net.connect('x', { dir });
  await once(client, 'connect');
  client.destroy();
});

t.test('a directory that cannot be made', async (t) => {
  const dir = join(uniqueDirectory(t), 'gone', 'new');
  const [listening] = await once(net.createServer().listen('x', { dir }), 'error');
  t.match(listening, { code: 'ERR_SMIPC_DIRECTORY', syscall: 'listen' });
});
