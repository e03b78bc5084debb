// close() of a server that has been served, of a place, and of both: what is idle is closed, what is under
// way is waited for, and 'close' comes once.
import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { Agent, serve } from 'smipc/http';
import { connect } from 'smipc/net';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { ask } from '../fixtures/http/ask.js';
import { startServing } from '../fixtures/http/served.js';
import { someTurns } from '../fixtures/timing/turns.js';
import { until } from '../fixtures/timing/until.js';

/** Resolves with what the callback of close() gets. */
const closing = (server: { close(callback: (error?: Error) => void): unknown }) =>
  new Promise<Error | undefined>((resolve) => server.close(resolve));

/** Counts the server's events. */
function count(server: http.Server): { listening: number; close: number } {
  const counts = { listening: 0, close: 0 };
  server.on('listening', () => counts.listening++);
  server.on('close', () => counts.close++);
  return counts;
}

async function idleClient(t: Test, path: string, dir: string): Promise<Agent> {
  const agent = new Agent({ path, dir, keepAlive: true });
  t.teardown(() => agent.destroy());
  await ask({ agent });
  await until(() => Object.keys(agent.freeSockets).length > 0, 'the socket is idle');
  return agent;
}

/** It would keep idle connections for ever. */
const quick = () =>
  http.createServer({ keepAliveTimeout: 0 }, (_, response) => response.end('quick'));

t.test('no connections', async (t) => {
  const server = quick();
  const events = count(server);
  const { name, dir, place } = await startServing(t, server);
  t.equal(server.listening, true);
  t.equal(server.address(), name);
  t.equal(await closing(server), undefined);
  await someTurns();
  t.strictSame(events, { listening: 1, close: 1 });
  t.equal(server.listening, false);
  t.equal(server.address(), null);
  t.equal(place.listening, false);
  await t.rejects(ask({ agent: new Agent({ path: name, dir }) }), /ENOENT|ECONNREFUSED/);
  t.match(await closing(server), { code: 'ERR_SERVER_NOT_RUNNING' });
});

t.test('an idle connection', async (t) => {
  const server = quick();
  const { name, dir } = await startServing(t, server);
  const agent = await idleClient(t, name, dir);
  t.equal(await closing(server), undefined);
  await until(() => Object.keys(agent.freeSockets).length === 0, 'the client to know of it');
});

t.test('a request under way', async (t) => {
  const server = http.createServer((_, response) => response.write('half'));
  const events = count(server);
  const { name, dir } = await startServing(t, server);
  const answered = once(server, 'request');
  const request = http.get({ agent: new Agent({ path: name, dir }) });
  const [[response], [, ours]] = await Promise.all([once(request, 'response'), answered]);
  const closed = closing(server);
  await someTurns();
  t.equal(events.close, 0);
  ours.end(' and half');
  t.equal(await text(response), 'half and half');
  t.equal(await closed, undefined);
  t.equal(events.close, 1);
});

t.test('closeIdleConnections() and closeAllConnections()', async (t) => {
  const server = http.createServer((request, response) => {
    if (request.url === '/') response.end();
  });
  const { name, dir } = await startServing(t, server);
  const agent = await idleClient(t, name, dir);
  const busy = ask({ agent: new Agent({ path: name, dir }), path: '/never' });
  busy.catch(() => {});
  await once(server, 'request');
  const connections = () =>
    new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  t.equal(await connections(), 2);
  server.closeIdleConnections();
  await until(() => Object.keys(agent.freeSockets).length === 0, 'the idle one is closed');
  await until(async () => (await connections()) === 1, 'one is left');
  server.closeAllConnections();
  await t.rejects(busy, { code: 'ECONNRESET' });
  await until(async () => (await connections()) === 0, 'none is left');
});

t.test('await using', async (t) => {
  const server = quick();
  const { name, dir } = await startServing(t, server);
  await idleClient(t, name, dir);
  await server[Symbol.asyncDispose]();
  t.equal(server.listening, false);
});

t.test('two places', async (t) => {
  const server = quick();
  const events = count(server);
  const dir = uniqueDirectory(t);
  const places = ['a', 'b'].map((name) => serve(server, name, { dir }));
  await Promise.all(places.map((place) => once(place, 'listening')));
  for (const path of ['a', 'b'])
    t.match(await ask({ agent: new Agent({ path, dir }) }), { status: 200 });
  t.equal(server.address(), 'a');
  t.equal(await closing(server), undefined);
  await someTurns();
  t.strictSame(events, { listening: 1, close: 1 });
  t.strictSame(
    places.map(({ listening }) => listening),
    [false, false],
  );
});

t.test('one place of two', async (t) => {
  const server = quick();
  const dir = uniqueDirectory(t);
  const [a, b] = ['a', 'b'].map((name) => serve(server, name, { dir })) as [
    ReturnType<typeof serve>,
    ReturnType<typeof serve>,
  ];
  await Promise.all([once(a, 'listening'), once(b, 'listening')]);
  const agent = await idleClient(t, 'b', dir);
  t.equal(await closing(a), undefined);
  t.equal(server.listening, true);
  t.equal(server.address(), 'b');
  t.match(await ask({ agent }), { isReused: true }, 'the other one is as it was');
  t.equal(await closing(server), undefined);
});

t.test('the place first, then the server', async (t) => {
  const server = quick();
  const events = count(server);
  const { name, dir, place } = await startServing(t, server);
  await idleClient(t, name, dir);
  t.equal(await closing(place), undefined, 'it does not wait for an idle client');
  t.equal(server.listening, false);
  t.equal(events.close, 0);
  t.equal(await closing(server), undefined);
  t.equal(events.close, 1);
});

t.test('both at once', async (t) => {
  for (const order of ['place', 'server']) {
    const server = quick();
    const events = count(server);
    const { name, dir, place } = await startServing(t, server);
    await idleClient(t, name, dir);
    let closes = 0;
    place.on('close', () => closes++);
    const both = order === 'place' ? [place, server] : [server, place];
    await Promise.all(both.map(closing));
    await someTurns();
    t.strictSame(events, { listening: 1, close: 1 }, order);
    if (order === 'place') t.equal(closes, 1);
  }
});

t.test('and served again', async (t) => {
  const server = quick();
  const events = count(server);
  const dir = uniqueDirectory(t);
  for (let i = 1; i <= 3; i++) {
    const { name } = await startServing(t, server, { dir });
    t.match(await ask({ agent: new Agent({ path: name, dir }) }), { body: 'quick' });
    t.equal(await closing(server), undefined);
    t.strictSame(events, { listening: i, close: i });
  }
});

t.test('a port besides', async (t) => {
  const server = quick();
  const events = count(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { name, dir } = await startServing(t, server);
  const { port } = server.address() as import('node:net').AddressInfo;
  const agent = new http.Agent();
  t.match(await ask({ agent, host: '127.0.0.1', port }), { body: 'quick' });
  const socket = connect(name, { dir });
  socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  t.match(String((await once(socket, 'data'))[0]), /^HTTP\/1.1 200/);
  const ended = once(socket.resume(), 'end');
  t.equal(await closing(server), undefined);
  await ended;
  t.strictSame(events, { listening: 1, close: 1 });
  await t.rejects(ask({ agent, host: '127.0.0.1', port }), { code: 'ECONNREFUSED' });
});

t.test('a signal closes the place', async (t) => {
  const server = quick();
  const abort = new AbortController();
  const { place } = await startServing(t, server, { signal: abort.signal });
  const closed = once(place, 'close');
  abort.abort();
  await closed;
  t.equal(server.listening, false);
  t.equal(await closing(server), undefined);
});
