// Every form that listen(), connect() and createServer() have, and the events that come of it in later
// ticks.
import { once } from 'node:events';
import * as net from 'smipc/net';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { overBoth, type Socket } from '../fixtures/net/both.js';
import { startServer } from '../fixtures/net/pair.js';
import { closed, describe } from '../fixtures/net/record.js';

/** Without the types of arguments. */
type Loose = Record<'connect' | 'createServer', (...values: unknown[]) => unknown>;

/** What a call throws; with `hasCode`, its code as well. */
function thrown(call: () => unknown, hasCode = true): string {
  try {
    call();
    return 'nothing';
  } catch (error) {
    return hasCode ? `${(error as Error).name} ${describe(error as Error)}` : (error as Error).name;
  }
}

overBoth(t, 'connect() and createConnection()', async (t, { net, path }) => {
  await startServer(t, { net, path });
  const observed: unknown[] = [];
  const forms: Record<string, (listener: () => void) => Socket> = {
    'a path': (listener) => net.connect(path).once('connect', listener),
    'a path and a listener': (listener) => net.connect(path, listener),
    options: (listener) => net.connect({ path }).once('connect', listener),
    'options and a listener': (listener) => net.connect({ path }, listener),
    'createConnection(path, listener)': (listener) => net.createConnection(path, listener),
    'createConnection(options)': (listener) => net.createConnection({ path }, listener),
    'a Socket, a path': (listener) => new net.Socket().connect(path, listener),
    'a Socket, options': (listener) => new net.Socket().connect({ path }, listener),
    'undefined for the listener': (listener) =>
      net.connect(path, undefined).once('connect', listener),
    'options of the socket': (listener) =>
      net.connect({ path, allowHalfOpen: true, timeout: 1234 }, listener),
  };
  for (const [form, connect] of Object.entries(forms)) {
    const events: unknown[] = [];
    let isLater = false;
    const socket = connect(() => events.push('connect', isLater));
    isLater = true;
    socket.once('ready', () => events.push('ready'));
    const { allowHalfOpen, timeout, connecting, pending } = socket;
    await once(socket, 'ready');
    socket.destroy();
    await closed(socket);
    observed.push({ form, events, allowHalfOpen, timeout, connecting, pending });
  }
  return observed;
});

overBoth(t, 'listen() and createServer()', async (_t, { net, path }) => {
  const observed: unknown[] = [];
  const forms = {
    'a path': () => net.createServer().listen(path),
    'a path and a listener': (listener: () => void) => net.createServer().listen(path, listener),
    options: () => net.createServer().listen({ path }),
    'options and a listener': (listener: () => void) =>
      net.createServer().listen({ path }, listener),
    'createServer({})': () => net.createServer({}).listen(path),
    'new Server()': () => new net.Server().listen(path),
  };
  for (const [form, listen] of Object.entries(forms)) {
    const events: string[] = [];
    const server = listen(() => events.push('listener'));
    server.on('listening', () => events.push('listening'));
    const before = [server.listening, server.address() === path];
    await once(server, 'listening');
    const during = [server.listening, server.address() === path];
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    observed.push({ form, events, before, during, after: server.listening });
  }
  return observed;
});

overBoth(t, 'a connection listener in both places of createServer()', async (t, { net, path }) => {
  const observed: unknown[] = [];
  const forms = [
    (listener: (socket: Socket) => void) => net.createServer(listener),
    (listener: (socket: Socket) => void) => net.createServer({}, listener),
    (listener: (socket: Socket) => void) => new net.Server(listener),
    (listener: (socket: Socket) => void) => new net.Server({ allowHalfOpen: true }, listener),
  ];
  for (const make of forms) {
    const accepted = new Promise<Socket>((resolve) => {
      const server = make(function (this: unknown, socket) {
        observed.push(this === server, socket.server === server, socket instanceof net.Socket);
        resolve(socket);
      });
      server.listen(path);
      t.teardown(() => server.close());
    });
    const client = net.connect(path);
    const socket = await accepted;
    observed.push(socket.connecting, socket.pending, socket.readyState, socket.allowHalfOpen);
    client.destroy();
    socket.destroy();
    await Promise.all([closed(client), closed(socket)]);
    await new Promise<void>((resolve) => {
      (socket.server as { close(callback: () => void): void }).close(() => resolve());
    });
  }
  return observed;
});

overBoth(t, 'wrong arguments', async (t, { net, path }) => {
  const server = net.createServer();
  t.teardown(() => server.listening && server.close());
  const any = net as unknown as Loose;
  const observed = {
    'connect()': thrown(() => any.connect(), false),
    'connect(undefined)': thrown(() => any.connect(undefined), false),
    'connect({})': thrown(() => any.connect({}), false),
    'connect({ path: 5 })': thrown(() => any.connect({ path: 5 })),
    'new Socket().connect()': thrown(
      () => new net.Socket().connect(...([] as unknown as [string])),
      false,
    ),
    'createServer(5)': thrown(() => any.createServer(5)),
    'createServer(text)': thrown(() => any.createServer('text')),
    'listen({})': thrown(() => server.listen({} as never), false),
    'setTimeout(text)': thrown(() => new net.Socket().setTimeout('5' as never)),
    'setTimeout(-1)': thrown(() => new net.Socket().setTimeout(-1)),
    'setTimeout(1, text)': thrown(() => new net.Socket().setTimeout(1, 'text' as never)),
    'write(5)': thrown(() => new net.Socket().write(5)),
    'write(null)': thrown(() => new net.Socket().write(null)),
  };
  server.listen(path);
  return { ...observed, twice: thrown(() => server.listen(path)) };
});

t.test('ports are refused in words', async (t) => {
  const any = net as unknown as Loose;
  const refused = { code: 'ERR_INVALID_ARG_VALUE', message: /no ports/ };
  t.throws(() => any.connect(80), refused);
  t.throws(() => any.connect({ port: 80 }), refused);
  t.throws(() => any.connect({ port: 80, host: 'localhost' }), refused);
  t.throws(() => net.createServer().listen(80 as never), refused);
  t.throws(() => net.createServer().listen({ port: 80 } as never), refused);
  t.throws(() => net.createServer().listen(undefined as never), { name: /Error/ });
  t.throws(() => net.createServer().listen('' as never), { code: 'ERR_INVALID_ARG_VALUE' });
});

t.test('a name that is none', async (t) => {
  for (const name of ['', '/tmp/socket', 'a\0b', '.', 'x'.repeat(300)]) {
    t.throws(() => net.connect(name), { code: /^ERR_(INVALID_ARG_VALUE|OUT_OF_RANGE)$/ }, name);
    t.throws(() => net.createServer().listen(name), { code: 'ERR_INVALID_ARG_VALUE' }, name);
  }
});

overBoth(
  t,
  'connect(port, host) on a stream that is given connected, as pg calls it',
  async (t, way) => {
    const { net, path } = way;
    await startServer(t, way);
    const socket = net.connect(path);
    await once(socket, 'connect');
    if (!way.isSmipc) {
      // A net.Socket would dial the port.
      socket.destroy();
      await closed(socket);
      return ['connect', false, false];
    }
    const events: unknown[] = [];
    socket.once('connect', () => events.push('connect', socket.connecting, socket.destroyed));
    t.equal(socket.connect(5432, 'localhost'), socket);
    t.strictSame(events, [], 'in a later tick');
    await once(socket, 'connect');
    socket.destroy();
    return events;
  },
);

t.test('connect(port) while it connects', async (t) => {
  const path = uniqueName(t);
  await startServer(t, { net, path });
  const socket = net.connect(path);
  let connects = 0;
  socket.on('connect', () => connects++);
  const called = new Promise<void>((resolve) => {
    socket.connect(5432, 'localhost', resolve);
  });
  await called;
  t.equal(connects, 1);
  t.throws(() => socket.connect(path), { code: 'EISCONN', syscall: 'connect' });
  socket.destroy();
});

overBoth(t, 'a socket that is used again after its close', async (t, way) => {
  const { net, path } = way;
  await startServer(t, way);
  const options: net.ConnectOptions & { path: string } = { path };
  const socket = net.connect(options);
  await once(socket, 'connect');
  socket.destroy();
  await closed(socket);
  return [socket.readyState, socket.pending, socket.connecting, socket.destroyed];
});

overBoth(t, 'null in the place of options, and of a limit', async (_t, way) => {
  const { net, path } = way;
  const server = net.createServer(null, (socket) => socket.end('hello'));
  server.maxConnections = null;
  await once(server.listen(path), 'listening');
  const said: string[] = [];
  for (const socket of [
    net.connect(path, null as never, () => said.push('connected')),
    new net.Socket(null).connect(path),
  ]) {
    for await (const chunk of socket) said.push(String(chunk));
  }
  server.close();
  await once(server, 'close');
  return said;
});

t.test('what node:net has for addresses is Node’s own', async (t) => {
  const node = await import('node:net');
  for (const [name, value] of Object.entries(node.default)) {
    if (/^(isIP|BlockList|SocketAddress|[gs]etDefault)/.test(name)) {
      t.equal((net as Record<string, unknown>)[name], value, name);
      t.equal((net.default as Record<string, unknown>)[name], value, `default.${name}`);
    }
  }
  t.equal(net.Stream, net.Socket);
  t.equal(net.default.Stream, net.Socket);
});
