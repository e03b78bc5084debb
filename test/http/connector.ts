// What connector() makes, as undici uses it: without undici, with Node's own fetch(), which has one.
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { type Connector, type ConnectorOptions, connector, HttpsAgent } from 'smipc/http';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { cert, key } from '../fixtures/http/certificate.js';
import { startServing } from '../fixtures/http/served.js';
import { until } from '../fixtures/timing/until.js';

const plain = { protocol: 'http:', hostname: 'localhost' };
const secure = { protocol: 'https:', hostname: 'localhost' };

/** Calls a connector as undici does, and checks that it calls back in a later tick, and once. */
function call(connect: Connector, target = plain): Promise<Socket> {
  let isLater = false;
  let calls = 0;
  const result = new Promise<Socket>((resolve, reject) => {
    connect(target, (...[error, socket]) => {
      calls++;
      if (!isLater || calls > 1) reject(new Error('called back too early, or twice'));
      else if (error === null) resolve(socket);
      else reject(error);
    });
  });
  isLater = true;
  return result;
}

const answer: http.RequestListener = (request, response) => {
  request.pipe(response);
};

t.test('a connected socket', async (t) => {
  const server = http.createServer(answer);
  const { name, dir } = await startServing(t, server);
  const socket = await call(connector(name, { dir }));
  t.equal(socket.connecting, false);
  t.notOk((socket as { alpnProtocol?: unknown }).alpnProtocol, 'nothing that would mean HTTP/2');
  socket.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\necho');
  t.match(String((await once(socket, 'data'))[0]), /^HTTP\/1.1 200 OK/);
  socket.destroy();
});

t.test('with TLS', async (t) => {
  const server = https.createServer({ key, cert }, answer);
  const { name, dir } = await startServing(t, server);
  const connect = connector(name, { dir, ca: cert });
  const socket = await call(connect, secure);
  t.match(socket, { encrypted: true, authorized: true, alpnProtocol: 'http/1.1' });
  socket.destroy();
  await t.rejects(call(connect, { ...secure, hostname: 'another.host' }), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  await t.rejects(call(connect, { ...secure, hostname: '127.0.0.1' }), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  await t.rejects(call(connector(name, { dir }), secure), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
});

t.test('what fails', async (t) => {
  const dir = uniqueDirectory(t);
  for (const target of [plain, secure]) {
    await t.rejects(call(connector('none', { dir }), target), { code: 'ENOENT' });
    const late = { dir, wait: true, timeout: 20 };
    await t.rejects(call(connector('none', late), target), { code: 'ETIMEDOUT', channel: 'none' });
    const abort = new AbortController();
    const aborted = call(connector('none', { dir, wait: true, signal: abort.signal }), target);
    setImmediate(() => abort.abort());
    await t.rejects(aborted, { name: 'AbortError' });
  }
  await t.rejects(call(connector('none', { dir }), { ...plain, protocol: 'ftp:' }), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
});

t.test('what TLS refuses leaves no connection', async (t) => {
  const server = https.createServer({ key, cert }, answer);
  const { name, dir } = await startServing(t, server);
  const accepted = once(server, 'connection');
  const options = { dir, minVersion: 'TLSv9' as 'TLSv1.3' };
  const refusal = { code: 'ERR_TLS_INVALID_PROTOCOL_VERSION' };
  await t.rejects(call(connector(name, options), secure), refusal);
  const agent = new HttpsAgent({ path: name, ...options });
  t.throws(() => https.get({ agent, host: 'localhost' }), refusal);
  const [socket] = await accepted;
  await until(() => socket.destroyed, 'it is closed');
});

t.test('a server that never answers the handshake', async (t) => {
  const server = http.createServer(answer);
  const { name, dir } = await startServing(t, server);
  server.removeAllListeners('connection');
  await t.rejects(call(connector(name, { dir, timeout: 20 }), secure), { code: 'ETIMEDOUT' });
});

t.test('what is refused', (t) => {
  const make = (name: unknown, options?: unknown) => () =>
    connector(name as string, options as ConnectorOptions);
  t.throws(make(undefined), { code: 'ERR_INVALID_ARG_TYPE' });
  t.throws(make('a/b'), { code: 'ERR_INVALID_ARG_VALUE' });
  t.throws(make('a', null), { code: 'ERR_INVALID_ARG_TYPE' });
  t.throws(make('a', { timeout: '1' }), { code: 'ERR_INVALID_ARG_TYPE' });
  t.throws(make('a', { timeout: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  t.end();
});

t.test('fetch()', async (t) => {
  // Makes Node load its undici, which says under these keys which dispatcher it uses.
  await fetch('data:,');
  interface Dispatcher {
    close(): Promise<void>;
  }
  type Class = new (options: { connect: Connector }) => Dispatcher;
  const found = ['2', '1']
    .map((version) => Symbol.for(`undici.globalDispatcher.${version}`))
    .map((key) => (globalThis as unknown as Record<symbol, object | undefined>)[key]?.constructor)
    .find((Dispatcher) => Dispatcher?.name === 'Agent');
  if (found === undefined) {
    t.comment('not tested: this runtime does not show its Agent');
    return;
  }
  const { name, dir } = await startServing(t, http.createServer(answer));
  const dispatcher = new (found as Class)({ connect: connector(name, { dir }) });
  const bodies = Array.from({ length: 20 }, (_, i) => `${i} `.repeat(10_000));
  const echoes = await Promise.all(
    bodies.map(async (body) => {
      const init = { method: 'POST', body, dispatcher } as RequestInit;
      return await (await fetch('http://any.host/echo', init)).text();
    }),
  );
  t.ok(echoes.every((body, i) => body === bodies[i]));
  await dispatcher.close();

  const lost = new (found as Class)({ connect: connector('none', { dir }) });
  const failed = fetch('http://any.host/', { dispatcher: lost } as RequestInit);
  await t.rejects(failed, { message: 'fetch failed', cause: { code: 'ENOENT' } });
  await lost.close();
});
