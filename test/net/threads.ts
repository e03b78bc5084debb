// Worker threads as clients and servers, and what it means to the other side when one is terminated.
import { once } from 'node:events';
import * as net from 'smipc/net';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import type { Socket } from '../fixtures/net/both.js';
import { startServer } from '../fixtures/net/pair.js';
import { closed, record } from '../fixtures/net/record.js';
import { startThread } from '../fixtures/processes/thread.js';

t.test('a server in a thread', async (t) => {
  const path = uniqueName(t);
  const thread = startThread(
    async ({ args, send, receive }) => {
      const net = await import('smipc/net');
      const server = net.createServer((socket) => socket.pipe(socket));
      server.listen(args.path, () => send('listening'));
      await receive();
      server.close();
    },
    { path },
    t,
  );
  t.equal(await thread.message(), 'listening');
  const client = net.connect(path);
  client.end('through a thread');
  const events = record(client);
  await closed(client);
  // Its own end it may have finished before or after the answer.
  t.strictSame(
    events.filter((event) => event !== 'finish'),
    ['connect', 'ready', 'data through a thread', 'end', 'close false'],
  );
  thread.send('close');
  t.equal(await thread.exit, 0);
});

t.test('a client in a thread, of a server in the same process', async (t) => {
  const path = uniqueName(t);
  const server = await startServer(t, { net, path });
  server.on('connection', (socket) => socket.pipe(socket));
  const threads = Array.from({ length: 3 }, (_, i) =>
    startThread(
      async ({ args, send }) => {
        const net = await import('smipc/net');
        const { text } = await import('node:stream/consumers');
        const socket = net.connect(args.path);
        socket.end(`thread ${args.i}`);
        send(await text(socket));
      },
      { path, i },
      t,
    ),
  );
  t.strictSame(await Promise.all(threads.map((thread) => thread.message())), [
    'thread 0',
    'thread 1',
    'thread 2',
  ]);
  for (const thread of threads) t.equal(await thread.exit, 0);
});

t.test('a client thread that is terminated', async (t) => {
  const path = uniqueName(t);
  const server = await startServer(t, { net, path });
  const accepted = once(server, 'connection');
  const thread = startThread(
    async ({ args, send, receive }) => {
      const net = await import('smipc/net');
      net.connect(args.path).write('published', () => send('written'));
      await receive();
    },
    { path },
    t,
  );
  const [socket] = (await accepted) as [Socket];
  const failure = once(socket, 'error').then(([error]) => error);
  const events = record(socket);
  t.equal(await thread.message(), 'written');
  await thread.worker.terminate();
  await closed(socket);
  t.match(await failure, { code: 'ECONNRESET', syscall: 'read', peer: 'aborted' });
  t.strictSame(events, ['data published', 'error ECONNRESET read', 'close true']);
});

t.test('a server thread that is terminated', async (t) => {
  const path = uniqueName(t);
  const serve = () =>
    startThread(
      async ({ args, send, receive }) => {
        const net = await import('smipc/net');
        const server = net.createServer((socket) => {
          socket.write('published', () => send('written'));
        });
        server.listen(args.path, () => send('listening'));
        await receive();
      },
      { path },
      t,
    );
  const thread = serve();
  t.equal(await thread.message(), 'listening');
  const client = net.connect(path);
  const events = record(client);
  t.equal(await thread.message(), 'written');
  await thread.worker.terminate();
  await closed(client);
  t.strictSame(events.slice(2), ['data published', 'error ECONNRESET read', 'close true']);
  const [error] = await once(net.connect(path), 'error');
  t.match(error, { code: /^(ENOENT|ECONNREFUSED)$/ });
  t.equal(await serve().message(), 'listening', 'the name is free at once');
});
