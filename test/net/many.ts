// Many connections: at once, more than a session has slots for; in turn, with nothing that grows; of several
// processes.
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import * as net from 'smipc/net';
import t from 'tap';
import { leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { uniqueName } from '../fixtures/channels/names.js';
import type { Socket } from '../fixtures/net/both.js';
import { startServer } from '../fixtures/net/pair.js';
import { closed } from '../fixtures/net/record.js';
import { spawnChild } from '../fixtures/processes/child.js';

/** Sends a line, and checks the answer, which comes back with a prefix. */
async function ask(path: string, dir: string | undefined, id: number): Promise<void> {
  const socket = net.connect(path, dir === undefined ? {} : { dir });
  let answer = '';
  socket.on('data', (data) => (answer += data));
  socket.end(`${id}`);
  await closed(socket);
  if (answer !== `<${id}`) throw new Error(`${id} was answered with ${answer}`);
}

const kEcho = async ({
  args,
  send,
  receive,
}: {
  args: { path: string; dir?: string | undefined };
  send(message: unknown): Promise<void>;
  receive(): Promise<unknown>;
}) => {
  const net = await import('smipc/net');
  let most = 0;
  let count = 0;
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    most = Math.max(most, ++count);
    socket.on('close', () => count--);
    let line = '';
    socket.on('data', (data) => (line += data));
    socket.on('end', () => socket.end(`<${line}`));
  });
  server.listen({ path: args.path, ...(args.dir ? { dir: args.dir } : {}) });
  server.on('listening', () => void send('listening'));
  const { readdirSync } = await import('node:fs');
  while ((await receive()) !== 'close') {
    globalThis.gc?.();
    const descriptors = readdirSync('/proc/self/fd').length;
    const { heapUsed, rss } = process.memoryUsage();
    await send({ most, count, descriptors, heapUsed, rss });
  }
  server.close(() => void send('closed'));
};

t.test('600 at once, in one process', async (t) => {
  const dir = uniqueDirectory(t);
  const server = await startServer(t, { net, path: 'many' }, {}, { dir });
  const accepted: Socket[] = [];
  server.on('connection', (socket) => {
    accepted.push(socket);
    socket.on('error', () => {});
  });
  const sockets = Array.from({ length: 600 }, () => net.connect('many', { dir }));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const answers = sockets.map(async (socket, i) => {
    socket.write(`${i}`);
    const [data] = await once(socket, 'data');
    return String(data) === `${i}`;
  });
  for (const socket of accepted) socket.pipe(socket);
  server.on('connection', (socket) => socket.pipe(socket));
  t.ok((await Promise.all(answers)).every(Boolean), 'each has got its own');
  t.equal(accepted.length, 600);
  for (const socket of sockets) socket.end();
  for (const socket of sockets) if (!socket.closed) await once(socket, 'close');
  await new Promise((resolve) => server.close(resolve));
  t.strictSame(await leftIn(dir), []);
});

t.test('600 at once, to another process', async (t) => {
  const path = uniqueName(t);
  const child = spawnChild(t, kEcho, { path });
  t.equal(await child.message(), 'listening');
  const sockets = Array.from({ length: 600 }, () => net.connect(path));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const answers = await Promise.all(
    sockets.map(async (socket, i) => {
      let answer = '';
      socket.on('data', (data) => (answer += data));
      socket.end(`${i}`);
      await closed(socket);
      return answer === `<${i}`;
    }),
  );
  t.ok(answers.every(Boolean));
  await child.send('close');
  t.equal(await child.message(), 'closed');
});

t.test('2,000 in turn, with nothing that grows', async (t) => {
  const dir = uniqueDirectory(t);
  const path = 'in-turn';
  const child = spawnChild(t, kEcho, { path, dir }, { execArgv: ['--expose-gc'] });
  t.equal(await child.message(), 'listening');
  interface Figures {
    count: number;
    most: number;
    descriptors: number;
    heapUsed: number;
    rss: number;
  }
  const figures = async (): Promise<{ server: Figures; client: object; rss: number }> => {
    await child.send('figures');
    const server = (await child.message()) as Figures;
    const client = {
      descriptors: readdirSync('/proc/self/fd').length,
      files: readdirSync(dir).length,
    };
    return { server, client, rss: process.memoryUsage().rss };
  };
  for (let id = 0; id < 300; id++) await ask(path, dir, id);
  const before = await figures();
  for (let id = 0; id < 2000; id++) await ask(path, dir, id);
  const after = await figures();
  t.strictSame(after.client, before.client);
  t.match(after.server, { count: 0, descriptors: before.server.descriptors });
  const grown = {
    client: (after.rss - before.rss) / 1e6,
    server: (after.server.rss - before.server.rss) / 1e6,
    heap: (after.server.heapUsed - before.server.heapUsed) / 1e6,
  };
  t.comment(JSON.stringify(grown));
  t.ok(grown.client < 60, `${grown.client.toFixed()} MB more in the client`);
  t.ok(grown.server < 60, `${grown.server.toFixed()} MB more in the server`);
  t.ok(grown.heap < 1, `${grown.heap.toFixed(1)} MB more in use in the server`);
  await child.send('close');
  t.equal(await child.message(), 'closed');
  t.match(await child.exit, { code: 0, stderr: '' });
  t.strictSame(await leftIn(dir), []);
});

t.test('10 at a time, in turn', async (t) => {
  const path = uniqueName(t);
  const child = spawnChild(t, kEcho, { path });
  await child.message();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < 1000) await ask(path, undefined, next++);
  };
  await Promise.all(Array.from({ length: 10 }, worker));
  await child.send('most');
  t.match(await child.message(), { count: 0 });
});

t.test('of five processes at once', async (t) => {
  const path = uniqueName(t);
  const server = await startServer(t, { net, path });
  const pids = new Set<number | undefined>();
  server.on('connection', (socket) => {
    pids.add(socket.remotePid);
    socket.pipe(socket);
  });
  const children = Array.from({ length: 5 }, (_, i) =>
    spawnChild(
      t,
      async ({ args, send }) => {
        const net = await import('smipc/net');
        const { text } = await import('node:stream/consumers');
        const answers = await Promise.all(
          Array.from({ length: 40 }, (_, k) => {
            const socket = net.connect(args.path);
            socket.end(`${args.i} ${k}`);
            return text(socket);
          }),
        );
        await send(answers.every((answer, k) => answer === `${args.i} ${k}`));
      },
      { path, i },
    ),
  );
  for (const child of children) t.equal(await child.message(), true);
  for (const child of children) t.match(await child.exit, { code: 0, stderr: '' });
  t.strictSame([...pids].sort(), children.map(({ pid }) => pid).sort());
});
