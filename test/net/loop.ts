// What keeps a process running: a server that listens, an open connection, one that waits; not if they are
// unref'ed.
import t from 'tap';
import { overBoth } from '../fixtures/net/both.js';
import { startServer } from '../fixtures/net/pair.js';
import { spawnChild } from '../fixtures/processes/child.js';

interface Args {
  module: string;
  path: string;
  what: string;
  stays: boolean;
}

/** Ends by itself; or, if it is to stay, with the code 9 after a moment. */
const kProgram = async ({ args }: { args: Args }) => {
  const net = (await import(args.module)) as typeof import('smipc/net');
  const { once } = (await import('node:events')).default;
  const { path } = args;
  if (args.stays) setTimeout(() => process.exit(9), 500).unref();
  const listen = async () => {
    const server = net.createServer().listen(path);
    await once(server, 'listening');
    return server;
  };
  const connect = () => net.connect(path).on('error', () => {});
  // An unref'ed one would not be waited for.
  const connected = async () => {
    const socket = connect();
    await once(socket, 'connect');
    return socket;
  };
  const programs: Record<string, () => unknown> = {
    server: listen,
    'server, unref': async () => (await listen()).unref(),
    'server, unref and ref': async () => (await listen()).unref().ref(),
    'server, unref before': () => net.createServer().unref().listen(path),
    'server, closed': async () => (await listen()).close(),
    client: connected,
    'client, unref': async () => (await connected()).unref(),
    'client, unref and ref': async () => (await connected()).unref().ref(),
    'client, unref before': () => connect().unref(),
    'client, destroyed': () => connect().destroy(),
    'client, ended': () => connect().resume().end(),
    'client, paused': async () => (await connected()).pause(),
    'client, with a write that waits': async () => {
      const socket = await connected();
      socket.on('data', () => {}).pause();
      socket.write(Buffer.alloc(5_000_000));
    },
    'client, half open, after the end of its server': async () => {
      const socket = net.connect({ path, allowHalfOpen: true });
      socket.resume().write('end');
      await once(socket, 'end');
    },
    'server, unref, with a connection': async () => {
      const server = await listen();
      const accepted = once(server, 'connection');
      const client = connect();
      await accepted;
      server.unref();
      client.unref();
    },
    'server, unref, with an unref connection': async () => {
      const server = await listen();
      const accepted = once(server, 'connection');
      const client = connect();
      const [socket] = await accepted;
      server.unref();
      client.unref();
      socket.unref();
    },
  };
  await programs[args.what]?.();
};

for (const [what, stays] of Object.entries({
  server: true,
  'server, unref': false,
  'server, unref and ref': true,
  'server, unref before': false,
  'server, closed': false,
  client: true,
  'client, unref': false,
  'client, unref and ref': true,
  'client, unref before': false,
  'client, destroyed': false,
  'client, ended': false,
  'client, paused': true,
  'client, with a write that waits': true,
  'client, half open, after the end of its server': false,
  'server, unref, with a connection': true,
  'server, unref, with an unref connection': false,
})) {
  overBoth(t, what, async (t, way) => {
    if (what.startsWith('client')) {
      const server = await startServer(t, way);
      server.on('connection', (socket) => {
        socket.on('error', () => {});
        if (what.includes('waits')) return;
        socket.on('data', (data: Buffer) => String(data) === 'end' && socket.end());
      });
    }
    const module = way.isSmipc ? 'smipc/net' : 'node:net';
    const args: Args = { module, path: way.path, what, stays };
    const { code, stderr } = await spawnChild(t, kProgram, args, { ipc: false }).exit;
    t.equal(code, stays ? 9 : 0);
    return { code, stderr };
  });
}

t.test('a client that waits for its server', async (t) => {
  const path = `loop-${process.pid}`;
  for (const [isUnrefed, expected] of [
    [false, 9],
    [true, 0],
  ] as const) {
    const child = spawnChild(
      t,
      async ({ args }) => {
        const net = await import('smipc/net');
        if (!args.isUnrefed) setTimeout(() => process.exit(9), 500).unref();
        const socket = net.connect(args.path, { wait: true });
        if (args.isUnrefed) socket.unref();
      },
      { path, isUnrefed },
      { ipc: false },
    );
    t.match(await child.exit, { code: expected, stderr: '' });
  }
});
