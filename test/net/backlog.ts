// Calls that wait in a server's backlog: of a server that is stopped, of clients that die meanwhile, and of a
// server that closes before it has taken them.
import { once } from 'node:events';
import * as net from 'smipc/net';
import t, { type Test } from 'tap';
import { leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { closed, record } from '../fixtures/net/record.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { stopped } from '../fixtures/processes/stopped.js';
import { startThread } from '../fixtures/processes/thread.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

/** Of native/session_layout.h. */
const kBacklog = 496;

/** A server process that tells each line that it gets, and how a connection was closed. */
async function startListener(t: Test, path: string, dir: string) {
  const child = spawnChild(
    t,
    async ({ args, send, receive }) => {
      const net = await import('smipc/net');
      const server = net.createServer((socket) => {
        let line = '';
        let end = '';
        socket.on('data', (data) => (line += data));
        socket.on('end', () => (end = 'end'));
        socket.on('error', (error: NodeJS.ErrnoException) => (end = String(error.code)));
        socket.on('close', () => void send(`${line} ${end}`));
      });
      server.listen(args.path, { dir: args.dir }, () => void send('listening'));
      await receive();
      server.close(() => void send('closed'));
    },
    { path, dir },
  );
  t.equal(await child.message(), 'listening');
  return child;
}

/** A process that connects, writes, and tells 'connected'. */
function startCaller(t: Test, path: string, dir: string, text: string) {
  return spawnChild(
    t,
    async ({ args, send, receive }) => {
      const net = await import('smipc/net');
      const socket = net.connect(args.path, { dir: args.dir });
      socket.on('error', () => {});
      socket.write(args.text, () => void send('written'));
      await receive();
    },
    { path, dir, text },
  );
}

t.test('a stopped server takes what has come when it goes on', async (t) => {
  const dir = uniqueDirectory(t);
  const server = await startListener(t, 'stopped', dir);
  server.kill('SIGSTOP');
  await stopped(server.pid);
  const client = net.connect('stopped', { dir });
  const events = record(client);
  client.end('patient');
  await once(client, 'finish');
  t.strictSame(events, ['connect', 'ready', 'finish']);
  await someTurns();
  t.strictSame(events.length, 3);
  server.kill('SIGCONT');
  await closed(client);
  t.equal(await server.message(), 'patient end');
  t.strictSame(events.slice(3), ['end', 'close false']);
});

t.test('many threads call a stopped server', async (t) => {
  const dir = uniqueDirectory(t);
  const server = await startListener(t, 'full', dir);
  server.kill('SIGSTOP');
  await stopped(server.pid);
  // Each thread has a session of its own; threads are cheaper than processes.
  const count = 40;
  const threads = Array.from({ length: count }, (_, i) =>
    startThread(
      async ({ args, send }) => {
        const net = await import('smipc/net');
        const socket = net.connect('full', { dir: args.dir });
        socket.end(`${args.i}`, () => send('sent'));
        socket.resume();
        await new Promise((resolve) => socket.on('close', resolve));
      },
      { dir, i },
      t,
    ),
  );
  await Promise.all(threads.map((thread) => thread.message()));
  server.kill('SIGCONT');
  const lines: string[] = [];
  for (let i = 0; i < count; i++) lines.push(String(await server.message()));
  t.strictSame(lines.sort(), Array.from({ length: count }, (_, i) => `${i} end`).sort());
  for (const thread of threads) t.equal(await thread.exit, 0);
  await server.send('close');
  t.equal(await server.message(), 'closed');
});

for (const signal of ['SIGCONT', 'SIGKILL'] as const) {
  t.test(`more call than the backlog has room for, then ${signal}`, async (t) => {
    const dir = uniqueDirectory(t);
    const server = await startListener(t, 'full', dir);
    server.kill('SIGSTOP');
    await stopped(server.pid);
    // Other options, other sessions.
    const clients = Array.from({ length: 520 }, (_, i) => {
      const client = net.connect('full', { dir, busyPoll: i, capacity: 4096 });
      return { client, events: record(client) };
    });
    for (const { client } of clients) client.end('lost or not');
    const inBacklog = () => clients.filter(({ client }) => !client.connecting).length;
    await until(() => inBacklog() === kBacklog, 'the backlog is full');
    await someTurns();
    t.equal(inBacklog(), kBacklog);
    const over = Promise.all(clients.map(({ client }) => closed(client)));
    server.kill(signal);
    await over;
    const seen = new Map<string, number>();
    for (const { events } of clients) seen.set(events.join(), (seen.get(events.join()) ?? 0) + 1);
    if (signal === 'SIGCONT') {
      t.strictSame(seen, new Map([['connect,ready,finish,end,close false', 520]]));
      for (let i = 0; i < 520; i++) t.equal(await server.message(), 'lost or not end');
      await server.send('close');
      t.equal(await server.message(), 'closed');
      t.strictSame(await leftIn(dir), []);
    } else {
      t.strictSame(
        seen,
        new Map([
          ['connect,ready,finish,error ECONNRESET read,close true', kBacklog],
          ['error ECONNREFUSED connect,close true', 520 - kBacklog],
        ]),
      );
    }
  });
}

t.test('a client that dies while its call waits: what it wrote arrives', async (t) => {
  const dir = uniqueDirectory(t);
  const server = await startListener(t, 'heir', dir);
  server.kill('SIGSTOP');
  await stopped(server.pid);
  const caller = startCaller(t, 'heir', dir, 'my last words');
  t.equal(await caller.message(), 'written');
  caller.kill();
  await caller.exit;
  server.kill('SIGCONT');
  t.equal(await server.message(), 'my last words ECONNRESET');
  await server.send('close');
  t.equal(await server.message(), 'closed');
  t.match(await server.exit, { code: 0, stderr: '' });
  t.strictSame(await leftIn(dir), []);
});

t.test('a server that is killed while calls wait', async (t) => {
  const dir = uniqueDirectory(t);
  const server = await startListener(t, 'killed', dir);
  server.kill('SIGSTOP');
  await stopped(server.pid);
  const client = net.connect('killed', { dir });
  const failure = once(client, 'error');
  const events = record(client);
  client.write('lost');
  await once(client, 'connect');
  server.kill('SIGKILL');
  await server.exit;
  await closed(client);
  t.match((await failure)[0], { code: 'ECONNRESET', syscall: 'read' });
  t.strictSame(events, ['connect', 'ready', 'error ECONNRESET read', 'close true']);
  const next = net.createServer().listen('killed', { dir });
  await once(next, 'listening');
  await new Promise((resolve) => next.close(resolve));
  t.strictSame(await leftIn(dir), []);
});

t.test('a server that closes before it has taken a call', async (t) => {
  const dir = uniqueDirectory(t);
  const server = net.createServer(() => t.fail('a connection'));
  server.listen('closing', { dir });
  await once(server, 'listening');
  const called = new Int32Array(new SharedArrayBuffer(4));
  const caller = startThread(
    async ({ args, send, receive }) => {
      const net = await import('smipc/net');
      send('loaded');
      await receive();
      const socket = net.connect('closing', { dir: args.dir });
      const events: string[] = [];
      for (const event of ['connect', 'end']) socket.on(event, () => events.push(event));
      socket.on('error', (error: NodeJS.ErrnoException) => {
        events.push(`${error.code} ${error.syscall}`);
      });
      socket.on('close', () => send(events));
      socket.resume().write('lost');
      Atomics.store(args.called, 0, 1);
      Atomics.notify(args.called, 0);
    },
    { dir, called },
    t,
  );
  t.equal(await caller.message(), 'loaded');
  caller.send('connect');
  // This event loop stands still, so that the call is in the backlog when the server closes.
  t.not(Atomics.wait(called, 0, 0, 30_000), 'timed-out');
  const closes = new Promise((resolve) => server.close(resolve));
  t.strictSame(await caller.message(), ['connect', 'ECONNRESET read']);
  await closes;
  t.equal(await caller.exit, 0);
  t.strictSame(await leftIn(dir), []);
});
