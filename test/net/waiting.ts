// A client that waits for its server, and signals that end it before, while and after it connects.
import { once } from 'node:events';
import * as net from 'smipc/net';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { uniqueName } from '../fixtures/channels/names.js';
import { overBoth } from '../fixtures/net/both.js';
import { startServer } from '../fixtures/net/pair.js';
import { closed, record } from '../fixtures/net/record.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { someTurns } from '../fixtures/timing/turns.js';

t.test('wait: true', async (t) => {
  const path = uniqueName(t);
  const client = net.connect(path, { wait: true });
  const events = record(client);
  client.write('early');
  await someTurns();
  t.strictSame([client.connecting, client.pending, client.readyState], [true, true, 'opening']);
  t.strictSame(events, []);
  const server = net.createServer((socket) => socket.pipe(socket));
  t.teardown(() => server.close());
  server.listen(path);
  await once(client, 'data');
  client.end();
  await closed(client);
  t.strictSame(events, ['connect', 'ready', 'data early', 'finish', 'end', 'close false']);
});

t.test('wait: true, for a directory that is not there yet', async (t) => {
  const dir = `${uniqueDirectory(t)}/new`;
  const client = net.connect('waited-for', { wait: true, dir });
  await someTurns();
  await startServer(t, { net, path: 'waited-for' }, {}, { dir });
  await once(client, 'connect');
  client.destroy();
});

t.test('wait: true, for a server that was killed', async (t) => {
  const path = uniqueName(t);
  const child = spawnChild(
    t,
    async ({ args, send }) => {
      const net = await import('smipc/net');
      net.createServer().listen(args.path, () => void send('listening'));
    },
    { path },
  );
  await child.message();
  child.kill();
  await child.exit;
  const client = net.connect(path, { wait: true });
  await someTurns();
  t.equal(client.connecting, true);
  await startServer(t, { net, path });
  await once(client, 'connect');
  client.destroy();
});

t.test('wait: ms', async (t) => {
  const path = uniqueName(t);
  const start = performance.now();
  const client = net.connect(path, { wait: 40 });
  const failure = once(client, 'error');
  const events = record(client);
  await closed(client);
  t.ok(performance.now() - start >= 39);
  t.match((await failure)[0], { code: 'ETIMEDOUT', syscall: 'connect', cause: { code: 'ENOENT' } });
  t.strictSame(events, ['error ETIMEDOUT connect', 'close true']);
  t.match((await once(net.connect(path, { wait: 0 }), 'error'))[0], { code: 'ENOENT' });
});

t.test('what is wrong is not waited for', async (t) => {
  const path = uniqueName(t);
  await startServer(t, { net, path }, { objectMode: true });
  const [error] = await once(net.connect(path, { wait: true }), 'error');
  t.match(error, { code: 'ERR_SMIPC_INCOMPATIBLE' });
  for (const wait of ['yes', -1, Number.NaN, null]) {
    t.throws(() => net.connect(path, { wait: wait as never }), { code: /^ERR_/ });
  }
});

t.test('destroy() while it waits', async (t) => {
  const path = uniqueName(t);
  const client = net.connect(path, { wait: true });
  const events = record(client);
  client.write('lost', (error) => events.push(`written ${(error as NodeJS.ErrnoException).code}`));
  await someTurns();
  client.destroy();
  await closed(client);
  t.strictSame(events.sort(), ['close false', 'written ERR_SOCKET_CLOSED_BEFORE_CONNECTION']);
  const server = await startServer(t, { net, path });
  server.on('connection', () => t.fail('a connection'));
  await someTurns();
});

overBoth(t, 'a signal that is aborted before', async (t, way) => {
  await startServer(t, way);
  const client = way.net.connect({ path: way.path, signal: AbortSignal.abort() });
  const events = record(client);
  await closed(client);
  // Node says that there was no error, right after it.
  return events.map((event) => event.replace('close false', 'close true'));
});

overBoth(t, 'a signal that is aborted after', async (t, way) => {
  const server = await startServer(t, way);
  const abort = new AbortController();
  const accepted = once(server, 'connection');
  const client = way.net.connect({ path: way.path, signal: abort.signal });
  const events = record(client);
  const [[socket]] = await Promise.all([accepted, once(client, 'connect')]);
  socket.on('error', () => {});
  abort.abort();
  await closed(client);
  return events;
});

t.test('a signal that is aborted while it waits', async (t) => {
  const abort = new AbortController();
  const client = net.connect(uniqueName(t), { wait: true, signal: abort.signal });
  const events = record(client);
  await someTurns();
  abort.abort();
  await closed(client);
  t.strictSame(events, ['error ABORT_ERR', 'close true']);
});
