// A server that is killed in the middle of a response, or before one: the client gets an error, never an
// answer that looks whole.
import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { Agent } from 'smipc/http';
import t from 'tap';
import { ask } from '../fixtures/http/ask.js';
import { startServerProcess } from '../fixtures/http/server-process.js';
import { until } from '../fixtures/timing/until.js';

t.test('in the middle of a response', async (t) => {
  const { path, dir, child } = await startServerProcess(t);
  const request = http.get({ agent: new Agent({ path, dir }), path: '/begin' });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const [begun] = (await once(response, 'data')) as [Buffer];
  t.equal(String(begun), 'begun');
  const rest = text(response);
  const failed = t.rejects(once(request, 'close'), { code: 'ECONNRESET', peer: 'died' });
  child.kill();
  await t.rejects(rest, { code: 'ECONNRESET' });
  await failed;
  t.equal(response.complete, false);
});

t.test('in the middle of a request', async (t) => {
  const { path, dir, child } = await startServerProcess(t);
  const agent = new Agent({ path, dir });
  const request = http.request({ agent, path: '/echo', method: 'POST' });
  request.write('half');
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const failed = t.rejects(text(response), { code: 'ECONNRESET' });
  request.on('error', () => {});
  child.kill();
  await failed;
  await until(() => request.destroyed, 'the request to be over');
});

t.test('while its connection is idle', async (t) => {
  const { path, dir, child } = await startServerProcess(t);
  const agent = new Agent({ path, dir, keepAlive: true });
  await ask({ agent });
  child.kill();
  await until(() => Object.keys(agent.freeSockets).length === 0, 'the agent to know of it');
  await t.rejects(ask({ agent }), /ENOENT|ECONNREFUSED/);
});
