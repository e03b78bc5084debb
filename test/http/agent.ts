// The agent's `path` is a channel's name, whatever the path of a request; names and directories are kept
// apart; what is wrong is refused.
import http from 'node:http';
import { Agent, HttpsAgent } from 'smipc/http';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { ask } from '../fixtures/http/ask.js';
import { startServing } from '../fixtures/http/served.js';

t.test('the path of a request is that of its URL', async (t) => {
  const server = http.createServer((request, response) => {
    response.end(`${request.headers.host} ${request.url}`);
  });
  const { name: path, dir } = await startServing(t, server);
  const agent = new Agent({ path, dir });
  t.match(await ask({ agent, host: 'any.host', port: 81, path: '/a?b=c' }), {
    body: 'any.host:81 /a?b=c',
  });
  t.match(await ask({ agent }), { body: 'localhost /' });
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get('http://in.a.url/d#e', { agent }, resolve).on('error', reject);
  });
  t.strictSame((await response.toArray()).map(String), ['in.a.url /d']);
});

t.test('getName() tells names and directories apart', (t) => {
  const of = (path: string, dir?: string) => new Agent({ path, dir }).getName({ host: 'h' });
  const names = [of('a'), of('b'), of('a', '/d'), of('a', '/e'), of('a', 'd'), of('a', 'b","c')];
  t.equal(new Set(names).size, names.length);
  t.equal(of('a', '/d'), of('a', '/d'));
  const secure = (path: string) => new HttpsAgent({ path }).getName({ host: 'h', ca: 'ca' });
  t.not(secure('a'), secure('b'));
  t.end();
});

t.test('nobody listens', async (t) => {
  const dir = uniqueDirectory(t);
  for (const agent of [new Agent({ path: 'none', dir }), new HttpsAgent({ path: 'none', dir })]) {
    await t.rejects(ask({ agent }), { code: 'ENOENT' });
  }
});

t.test('wait: the server may come later', async (t) => {
  const dir = uniqueDirectory(t);
  const answer = ask({ agent: new Agent({ path: 'served', dir, wait: true }) });
  await startServing(
    t,
    http.createServer((_, response) => response.end('late')),
    { dir },
  );
  t.match(await answer, { body: 'late' });
});

t.test('signal: aborts requests', async (t) => {
  const dir = uniqueDirectory(t);
  const abort = new AbortController();
  const agent = new Agent({ path: 'none', dir, wait: true, signal: abort.signal });
  const answer = ask({ agent });
  setImmediate(() => abort.abort());
  await t.rejects(answer, { name: 'AbortError' });
});

t.test('signal of a request', async (t) => {
  const dir = uniqueDirectory(t);
  const abort = new AbortController();
  const agent = new Agent({ path: 'none', dir, wait: true });
  const answer = ask({ agent, signal: abort.signal });
  setImmediate(() => abort.abort());
  await t.rejects(answer, { name: 'AbortError' });
  agent.destroy();
});

t.test('what is refused', (t) => {
  for (const Class of [Agent, HttpsAgent]) {
    const make = (options: unknown) => () => new Class(options as { path: string });
    t.throws(make(undefined), { code: 'ERR_INVALID_ARG_TYPE' });
    t.throws(make({}), { code: 'ERR_INVALID_ARG_TYPE' });
    t.throws(make({ path: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
    t.throws(make({ path: '/tmp/socket' }), { code: 'ERR_INVALID_ARG_VALUE' });
  }
  const agent = new Agent({ path: 'a' });
  t.throws(() => http.get({ agent, socketPath: '/tmp/socket' }), { code: 'ERR_INVALID_ARG_VALUE' });
  t.end();
});
