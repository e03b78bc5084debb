// objectMode and messages: each write is one read, both ways.
import { once } from 'node:events';
import * as net from 'smipc/net';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import type { Socket } from '../fixtures/net/both.js';
import { connectedPair, startServer } from '../fixtures/net/pair.js';
import { closed, record, stateOf } from '../fixtures/net/record.js';
import { spawnChild } from '../fixtures/processes/child.js';

t.test('requests and responses with another process', async (t) => {
  const path = uniqueName(t);
  const child = spawnChild(
    t,
    async ({ args, send }) => {
      const net = await import('smipc/net');
      const server = net.createServer({ objectMode: true }, (socket) => {
        socket.on('data', ({ id, values }) => {
          socket.write({ id, sum: values.reduce((a: number, b: number) => a + b, 0) });
        });
        socket.on('close', () => server.close());
      });
      server.listen(args.path, () => void send('listening'));
    },
    { path },
  );
  await child.message();
  const client = net.connect(path, { objectMode: true });
  const count = 3000;
  for (let id = 0; id < count; id++) client.write({ id, values: [id, 1] });
  let next = 0;
  for await (const { id, sum } of client) {
    if (id !== next || sum !== id + 1) throw new Error(`answer ${id} is ${sum}, not of ${next}`);
    next++;
    if (next === count) client.end();
  }
  t.equal(next, count);
  t.match(await child.exit, { code: 0, stderr: '' });
});

t.test('values', async (t) => {
  const { client, accepted } = await connectedPair(
    t,
    { net, path: uniqueName(t) },
    { both: { objectMode: true } },
  );
  const values = [
    { a: [1, 'x', null] },
    '',
    0,
    false,
    1n,
    new Date(5),
    new Map([[1, new Set([2])]]),
  ];
  for (const value of values) client.write(value);
  client.end();
  const came: unknown[] = [];
  for await (const value of accepted) came.push(value);
  t.strictSame(came, values);
});

t.test('messages of bytes keep their borders', async (t) => {
  const { client, accepted } = await connectedPair(
    t,
    { net, path: uniqueName(t) },
    { both: { messages: true } },
  );
  const sizes = [1, 0, 1000, 65_536, 300_000, 3];
  const came: number[] = [];
  accepted.on('data', (chunk: Buffer) => {
    came.push(chunk.length);
  });
  client.cork();
  for (const size of sizes) client.write(Buffer.alloc(size));
  client.uncork();
  client.end();
  await closed(accepted);
  t.strictSame(came, sizes);
});

t.test('what cannot be serialized', async (t) => {
  const { client, accepted } = await connectedPair(
    t,
    { net, path: uniqueName(t) },
    { both: { objectMode: true } },
  );
  accepted.resume();
  const failure = once(client, 'error');
  const theirs = record(accepted);
  client.write({ call: () => {} });
  t.match((await failure)[0], { name: 'DataCloneError' });
  await closed(accepted);
  t.strictSame(theirs, ['error ECONNRESET read', 'close true'], 'the peer does not see an end');
});

t.test('a message that is too large for the reader', async (t) => {
  const { client, accepted } = await connectedPair(
    t,
    { net, path: uniqueName(t) },
    { both: { messages: true }, server: { maxMessageSize: 100 } },
  );
  const failure = once(accepted, 'error');
  accepted.resume();
  client.on('error', () => {});
  client.write(Buffer.alloc(101));
  t.match((await failure)[0], { code: 'ERR_SMIPC_MESSAGE_TOO_LARGE' });
  await closed(client);
  t.match(client.errored, { code: 'ECONNRESET' });
});

t.test('a killed peer: whole messages, then the error', async (t) => {
  const path = uniqueName(t);
  const server = await startServer(t, { net, path }, { objectMode: true });
  const accepted = once(server, 'connection');
  const child = spawnChild(
    t,
    async ({ args, send, receive }) => {
      const net = await import('smipc/net');
      const socket = net.connect(args.path, { objectMode: true });
      for (let i = 0; i < 100; i++) socket.write({ i });
      socket.write({ i: 100 }, () => void send('written'));
      await receive();
    },
    { path },
  );
  const [socket] = (await accepted) as [Socket];
  socket.pause();
  t.equal(await child.message(), 'written');
  child.kill();
  await child.exit;
  const came: unknown[] = [];
  await t.rejects(
    async () => {
      for await (const value of socket) came.push(value);
    },
    { code: 'ECONNRESET', peer: 'died' },
  );
  t.strictSame(
    came,
    Array.from({ length: 101 }, (_, i) => ({ i })),
  );
});

t.test('highWaterMark and modes', async (t) => {
  const modes = new net.Socket({ objectMode: true });
  t.match(modes, { readableObjectMode: true, writableObjectMode: true, readableHighWaterMark: 16 });
  const bytes = new net.Socket();
  t.match(bytes, { readableObjectMode: false, writableObjectMode: false });
  t.equal(stateOf(new net.Socket({ highWaterMark: 5 })).bytesWritten, 0);
  t.equal(new net.Socket({ highWaterMark: 5 }).writableHighWaterMark, 5);
});
