// A server: close() and its errors, getConnections(), maxConnections, pauseOnConnect, names that are used
// again, and listeners that throw.
import { once } from 'node:events';
import * as net from 'smipc/net';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { overBoth, type Server, type Socket } from '../fixtures/net/both.js';
import { connectedPair, startServer } from '../fixtures/net/pair.js';
import { closed, describe, record } from '../fixtures/net/record.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

const connections = (server: Server) =>
  new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));

const closing = (server: Server) =>
  new Promise<string>((resolve) => {
    server.close((error) => resolve(error === undefined ? 'closed' : describe(error)));
  });

overBoth(t, 'close() waits for connections, and takes no more', async (t, way) => {
  const { server, client, accepted } = await connectedPair(t, way);
  const events: string[] = [];
  server.on('close', () => events.push('close'));
  const counts = [await connections(server)];
  const same = server.close(() => events.push('callback')) === server;
  events.push(`${server.listening}`);
  const late = way.net.connect(way.path);
  const [error] = await once(late, 'error');
  const isRefused = /^(ENOENT|ECONNREFUSED)$/.test((error as NodeJS.ErrnoException).code ?? '');
  // What is there goes on.
  const came = once(client, 'data');
  accepted.write('still here');
  events.push(String((await came)[0]));
  accepted.resume();
  const over = once(server, 'close');
  client.end();
  await over;
  counts.push(await connections(server));
  return { counts, same, isRefused, events };
});

overBoth(t, 'close() of a server that does not listen', async (_t, { net, path }) => {
  const server = net.createServer();
  const before = await closing(server);
  server.listen(path);
  await once(server, 'listening');
  const both = await Promise.all([closing(server), closing(server)]);
  return { before, both: [...both].sort(), after: await closing(server) };
});

overBoth(t, 'closed before it says that it listens', async (_t, { net, path }) => {
  const server = net.createServer();
  const events: string[] = [];
  server.on('listening', () => events.push('listening'));
  server.listen(path);
  events.push(await closing(server));
  await someTurns();
  return events;
});

overBoth(t, 'listens again, under its name and another', async (_t, { net, path }) => {
  const server = net.createServer((socket) => socket.end('hello'));
  const answers: string[] = [];
  for (const name of [path, path, `${path}-2`, path]) {
    server.listen(name);
    await once(server, 'listening');
    const client = net.connect(name);
    client.on('data', (data) => answers.push(String(data)));
    await closed(client);
    answers.push(await closing(server));
  }
  return answers;
});

overBoth(t, 'Symbol.asyncDispose', async (_t, { net, path }) => {
  const server = net.createServer();
  await server[Symbol.asyncDispose]();
  server.listen(path);
  await once(server, 'listening');
  await server[Symbol.asyncDispose]();
  return server.listening;
});

overBoth(t, 'maxConnections and drop', async (t, way) => {
  const server = await startServer(t, way);
  server.maxConnections = 1;
  let connects = 0;
  server.on('connection', () => connects++);
  const first = way.net.connect(way.path);
  await once(first, 'connect');
  await until(() => connects === 1, 'the first is in');
  const dropped = once(server, 'drop');
  const second = way.net.connect(way.path);
  const events = record(second);
  const [details] = await dropped;
  await closed(second);
  const count = await connections(server);
  first.destroy();
  await until(async () => (await connections(server)) === 0, 'the first is out');
  const third = way.net.connect(way.path);
  await once(server, 'connection');
  third.destroy();
  // Node 20 gives a Unix socket's 'drop' no details.
  return { events: events.join(), hasAddress: details?.remoteAddress, count, connects };
});

overBoth(t, 'pauseOnConnect', async (t, way) => {
  const server = await startServer(t, way, { pauseOnConnect: true });
  const accepted = once(server, 'connection');
  const client = way.net.connect(way.path);
  client.end('hello');
  const [socket] = (await accepted) as [Socket];
  const isPaused = socket.isPaused();
  const events = record(socket);
  await someTurns();
  const before = [...events];
  socket.resume();
  await closed(socket);
  return { isPaused, before, events };
});

overBoth(t, 'a signal closes it', async (_t, { net, path }) => {
  const abort = new AbortController();
  const server = net.createServer();
  server.listen({ path, signal: abort.signal });
  await once(server, 'listening');
  const closes = once(server, 'close');
  abort.abort();
  await closes;
  const aborted = net.createServer().listen({ path, signal: abort.signal });
  await once(aborted, 'close');
  return [server.listening, aborted.listening];
});

t.test('two servers with one name in a process', async (t) => {
  const path = uniqueName(t);
  await startServer(t, { net, path });
  const other = net.createServer();
  const [error] = await once(other.listen(path), 'error');
  t.match(error, { code: 'EADDRINUSE', pid: process.pid });
});

t.test('a listener that throws costs the others nothing', async (t) => {
  const child = spawnChild(
    t,
    async ({ args, send, until }) => {
      const net = await import('smipc/net');
      let thrown = 0;
      process.on('uncaughtException', () => thrown++);
      let count = 0;
      const server = net.createServer((socket) => {
        socket.pipe(socket);
        count++;
        if (count % 2 === 1) throw new Error('on purpose');
      });
      server.listen(args.path);
      const sockets = Array.from({ length: 10 }, () => net.connect(args.path));
      const answers = await Promise.all(
        sockets.map(
          (socket, i) =>
            new Promise<string>((resolve) => {
              socket.once('data', (data) => resolve(String(data)));
              socket.write(`${i}`);
            }),
        ),
      );
      await until(() => thrown === 5, 'all have thrown');
      for (const socket of sockets) socket.end();
      server.close();
      await send(answers.join());
    },
    { path: uniqueName(t) },
  );
  t.equal(await child.message(), '0,1,2,3,4,5,6,7,8,9');
  t.match(await child.exit, { code: 0, stderr: '' });
});

t.test("a throwing 'connect' listener costs the others nothing", async (t) => {
  const child = spawnChild(
    t,
    async ({ args, send, until }) => {
      const net = await import('smipc/net');
      let thrown = 0;
      process.on('uncaughtException', () => thrown++);
      const server = net.createServer((socket) => socket.resume());
      server.listen(args.path);
      let connects = 0;
      const sockets = Array.from({ length: 4 }, (_, i) =>
        net.connect(args.path, () => {
          connects++;
          if (i % 2 === 0) throw new Error('on purpose');
        }),
      );
      await until(() => connects === 4 && thrown === 2, 'all have connected');
      for (const socket of sockets) socket.end();
      server.close();
      await send('done');
    },
    { path: uniqueName(t) },
  );
  t.equal(await child.message(), 'done');
  t.match(await child.exit, { code: 0, stderr: '' });
});

overBoth(t, 'destroyed as it is accepted', async (t, way) => {
  const server = await startServer(t, way);
  server.on('connection', (socket) => socket.destroy());
  const client = way.net.connect(way.path);
  const events = record(client);
  await closed(client);
  return events;
});

overBoth(t, 'ended as it is accepted, and the server closed', async (t, way) => {
  const server = await startServer(t, way);
  const events: string[] = [];
  server.on('close', () => events.push('close'));
  server.on('connection', (socket) => {
    socket.resume().end('bye');
    server.close();
  });
  const over = once(server, 'close');
  const client = way.net.connect(way.path);
  const theirs = record(client);
  await Promise.all([closed(client), over]);
  return { events, theirs };
});

t.test(
  "what a 'data' listener throws costs neither its socket nor the others anything",
  async (t) => {
    const child = spawnChild(
      t,
      async ({ args, send, until }) => {
        const net = await import('smipc/net');
        let thrown = 0;
        process.on('uncaughtException', () => thrown++);
        let came = '';
        const server = net.createServer((socket) => {
          socket.on('data', (data) => {
            came += data;
            throw new Error('on purpose');
          });
        });
        server.listen(args.path);
        const sockets = Array.from({ length: 3 }, () => net.connect(args.path));
        for (let round = 1; round <= 3; round++) {
          for (const socket of sockets) socket.write('x');
          await until(() => came.length === 3 * round, 'each has got it');
        }
        await until(() => thrown === 9, 'all have thrown');
        for (const socket of sockets) socket.resume().end();
        server.close(() => void send('closed'));
      },
      { path: uniqueName(t) },
    );
    t.equal(await child.message(), 'closed');
    t.match(await child.exit, { code: 0, stderr: '' });
  },
);
