// A process that exits by itself: what it has ended arrives whole, and with its end; what it has not ended
// arrives, and is a reset.
import { once } from 'node:events';
import * as net from 'smipc/net';
import t, { type Test } from 'tap';
import { leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { checkPattern } from '../fixtures/data/pattern.js';
import type { Socket } from '../fixtures/net/both.js';
import { startServer } from '../fixtures/net/pair.js';
import { closed, record } from '../fixtures/net/record.js';
import { spawnChild } from '../fixtures/processes/child.js';

type How =
  | 'exits in finish'
  | 'exits in the callback of a write'
  | 'ends, and has nothing else to do'
  | 'ends, unreferenced'
  | 'destroySoon()'
  | 'exits right after end()'
  | 'has nothing else to do, and its connection is unreferenced';

/** A client's process that writes, and goes. Returns what its server's side has seen. */
async function seenOf(t: Test, how: How, size: number): Promise<unknown> {
  const dir = uniqueDirectory(t);
  const path = 'exits';
  const server = await startServer(t, { net, path }, {}, { dir });
  const accepted = once(server, 'connection');
  const child = spawnChild(
    t,
    async ({ pattern, args }) => {
      const net = await import('smipc/net');
      const socket = net.connect(args.path, { dir: args.dir });
      const bytes = pattern.patternBytes(args.size);
      const exit = (): never => process.exit(0);
      // An end of the server's would end it.
      if (args.how === 'exits in finish') socket.end(bytes, exit);
      if (args.how === 'exits in the callback of a write') socket.write(bytes, exit);
      if (args.how === 'ends, and has nothing else to do') socket.resume().end(bytes);
      if (args.how === 'ends, unreferenced') socket.resume().unref().end(bytes);
      if (args.how === 'destroySoon()') socket.write(bytes, () => socket.destroySoon());
      if (args.how === 'exits right after end()') {
        socket.end(bytes);
        exit();
      }
      if (args.how === 'has nothing else to do, and its connection is unreferenced') {
        socket.unref().write(bytes);
      }
    },
    { path, dir, how, size },
    { ipc: false },
  );
  const [socket] = (await accepted) as [Socket];
  let bytes = 0;
  const events = record(socket, { reads: false });
  socket.on('data', (chunk: Buffer) => {
    checkPattern(chunk, bytes);
    bytes += chunk.length;
  });
  await closed(socket);
  t.match(await child.exit, { code: 0, stderr: '' });
  await new Promise((resolve) => server.close(resolve));
  t.strictSame(await leftIn(dir), []);
  return { bytes, events: events.filter((event) => event !== 'finish') };
}

const kWhole = ['end', 'close false'];
const kReset = ['error ECONNRESET read', 'close true'];

for (const [how, events] of Object.entries({
  'exits in finish': kWhole,
  'exits in the callback of a write': kReset,
  'ends, and has nothing else to do': kWhole,
  'destroySoon()': kWhole,
} as Record<How, string[]>)) {
  for (const size of [10, 60_000, 1_000_000]) {
    t.test(`it ${how}, ${size} bytes`, async (t) => {
      t.strictSame(await seenOf(t, how as How, size), { bytes: size, events });
    });
  }
}

for (const [how, events] of Object.entries({
  'ends, unreferenced': kWhole,
  'exits right after end()': kWhole,
  'has nothing else to do, and its connection is unreferenced': kReset,
} as Record<How, string[]>)) {
  t.test(`it ${how}, and all of it is in the ring`, async (t) => {
    t.strictSame(await seenOf(t, how as How, 50_000), { bytes: 50_000, events });
  });
}

t.test('what a killed client and a killed server have left', async (t) => {
  const dir = uniqueDirectory(t);
  const path = 'left';
  const server = await startServer(t, { net, path }, {}, { dir });
  server.on('connection', (socket) => socket.on('error', () => {}).resume());
  const accepted = once(server, 'connection');
  const client = spawnChild(
    t,
    async ({ args, receive }) => {
      const net = await import('smipc/net');
      for (let i = 0; i < 3; i++) net.connect(args.path, { dir: args.dir }).write('x');
      await receive();
    },
    { path, dir },
  );
  const [socket] = (await accepted) as [Socket];
  client.kill();
  await closed(socket);
  await client.exit;
  await new Promise((resolve) => server.close(resolve));
  t.strictSame(await leftIn(dir), [], 'of the client');

  const child = spawnChild(
    t,
    async ({ args, send, receive }) => {
      const net = await import('smipc/net');
      net
        .createServer((socket) => socket.resume())
        .listen(args.path, { dir: args.dir }, () => void send('listening'));
      await receive();
    },
    { path, dir },
  );
  await child.message();
  const ours = net.connect(path, { dir });
  const failed = once(ours, 'error');
  await once(ours, 'connect');
  child.kill();
  await failed;
  await child.exit;
  const [refused] = await once(net.connect(path, { dir }), 'error');
  t.match(refused, { code: 'ECONNREFUSED', syscall: 'connect' });
  const next = net.createServer().listen(path, { dir });
  await once(next, 'listening');
  await new Promise((resolve) => next.close(resolve));
  t.strictSame(await leftIn(dir), [], 'of the server');
});
