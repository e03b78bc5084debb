// What a served server says, and does, as if it listened itself; and what keeps it from listening.
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';
import { Agent, serve } from 'smipc/http';
import { connect } from 'smipc/net';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { ask } from '../fixtures/http/ask.js';
import { startServing } from '../fixtures/http/served.js';
import { spawnChild } from '../fixtures/processes/child.js';

t.test('the name is taken: the place emits it', async (t) => {
  const { name, dir } = await startServing(t, http.createServer());
  const server = http.createServer();
  const place = serve(server, name, { dir });
  const [error] = await once(place, 'error');
  t.match(error, { code: 'EADDRINUSE' });
  t.equal(server.listening, false);
  const closed = new Promise((resolve) => server.close(resolve));
  t.match(await closed, { code: 'ERR_SERVER_NOT_RUNNING' });
});

t.test(
  'the name is taken: the server emits it, if nobody listens to that of the place',
  async (t) => {
    const { name, dir } = await startServing(t, http.createServer());
    const server = http.createServer();
    serve(server, name, { dir });
    const [error] = await once(server, 'error');
    t.match(error, { code: 'EADDRINUSE' });
  },
);

t.test('maxConnections', async (t) => {
  const server = http.createServer(() => {});
  server.maxConnections = 1;
  const { name, dir } = await startServing(t, server);
  const first = connect(name, { dir });
  await once(server, 'connection');
  const second = connect(name, { dir });
  second.on('error', () => {});
  const dropped = once(server, 'drop');
  await Promise.all([dropped, once(second.resume(), 'close')]);
  t.equal(first.destroyed, false);
  const closed = once(first.resume(), 'close');
  server.closeAllConnections();
  await closed;
});

for (const isRefed of [true, false]) {
  t.test(`${isRefed ? 'ref' : 'unref'}()`, async (t) => {
    const dir = uniqueDirectory(t);
    const child = spawnChild(
      t,
      async ({ args }) => {
        const http = (await import('node:http')).default;
        const { once } = (await import('node:events')).default;
        const { serve } = await import('smipc/http');
        const server = http.createServer();
        serve(server, 'name', { dir: args.dir });
        await once(server, 'listening');
        server.unref();
        if (args.isRefed) server.ref();
        // Keeps nothing alive: it is called if the server does.
        setTimeout(() => process.exit(7), 100).unref();
      },
      { dir, isRefed },
      { ipc: false },
    );
    t.match(await child.exit, { code: isRefed ? 7 : 0, stderr: '' });
  });
}

t.test('a client that has ended its half', async (t) => {
  const server = http.createServer((request, response) => {
    request.socket.once('end', () => response.end('answered'));
  });
  Object.assign(server, { httpAllowHalfOpen: true });
  const { name, dir } = await startServing(t, server);
  const socket = connect(name, { dir, allowHalfOpen: true });
  socket.end('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  t.match(await text(socket), /answered$/);
});

t.test('allowHalfOpen: as the server has it over TCP, or as it is told', async (t) => {
  const kinds: [net.Server, boolean][] = [
    [http.createServer(), true],
    [https.createServer(), false],
    [http2.createServer(), false],
    [http2.createSecureServer(), false],
    [tls.createServer(), false],
    [net.createServer(), false],
    [net.createServer({ allowHalfOpen: true }), true],
  ];
  for (const [server, expected] of kinds) {
    for (const allowHalfOpen of [undefined, !expected]) {
      const { name, dir, place } = await startServing(t, server, { allowHalfOpen });
      const socket = connect(name, { dir });
      const [accepted] = await once(server, 'connection');
      t.equal(accepted.allowHalfOpen, allowHalfOpen ?? expected);
      accepted.destroy();
      socket.on('error', () => {}).destroy();
      await once(place.close(), 'close');
    }
  }
});

t.test('upgrade', async (t) => {
  const server = http.createServer();
  server.on('upgrade', (_, socket) => {
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n',
    );
    socket.pipe(socket);
  });
  const { name: path, dir } = await startServing(t, server);
  const headers = { Connection: 'Upgrade', Upgrade: 'echo' };
  const request = http.get({ agent: new Agent({ path, dir }), headers });
  const [, socket] = await once(request, 'upgrade');
  socket.end('echoed');
  t.equal(await text(socket), 'echoed');
});

t.test('what is refused', (t) => {
  const server = http.createServer();
  const serveAny = serve as unknown as (...args: unknown[]) => void;
  const type = { code: 'ERR_INVALID_ARG_TYPE' };
  t.throws(() => serveAny(undefined, 'name'), type);
  t.throws(() => serveAny({}, 'name'), type);
  t.throws(() => serveAny(server), type);
  t.throws(() => serveAny(server, 'name', 1), type);
  t.throws(() => serveAny(server, 'name', { remoteAddress: 1 }), type);
  t.throws(() => serveAny(server, 'name', { allowHalfOpen: 1 }), type);
  t.throws(() => serve(server, '/tmp/name'), { code: 'ERR_INVALID_ARG_VALUE' });
  t.equal(Object.keys(server).includes('close'), false);
  t.equal(server.listening, false);
  t.end();
});

t.test('many requests at once', async (t) => {
  const server = http.createServer((request, response) => response.end(request.url));
  const { name: path, dir } = await startServing(t, server);
  const agent = new Agent({ path, dir });
  const paths = Array.from({ length: 100 }, (_, i) => `/${i}`);
  const answers = await Promise.all(paths.map((path) => ask({ agent, path })));
  t.strictSame(
    answers.map(({ body }) => body),
    paths,
  );
});
