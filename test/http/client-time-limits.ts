// The option `timeout`, of an agent and of a request: 'timeout' comes if nothing happens for so long,
// and Node leaves it to whoever made the socket to see to that.
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { Agent, HttpsAgent } from 'smipc/http';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { ask } from '../fixtures/http/ask.js';
import { cert, key } from '../fixtures/http/certificate.js';
import { startServing } from '../fixtures/http/served.js';
import { until } from '../fixtures/timing/until.js';

async function timesOut(request: http.ClientRequest): Promise<void> {
  request.on('error', () => {});
  await once(request.end(), 'timeout');
  request.destroy();
}

const silent = () => {};
const limits: { name: string; agent: { timeout?: number }; request: { timeout?: number } }[] = [
  { name: 'of the agent', agent: { timeout: 20 }, request: {} },
  { name: 'of the request', agent: {}, request: { timeout: 20 } },
  { name: 'of both, the same', agent: { timeout: 20 }, request: { timeout: 20 } },
  {
    name: 'of both, the request has the shorter one',
    agent: { timeout: 1e6 },
    request: { timeout: 20 },
  },
];
for (const { name, agent, request } of limits) {
  t.test(`${name}, over http`, async (t) => {
    const { name: path, dir } = await startServing(t, http.createServer(silent));
    await timesOut(http.request({ agent: new Agent({ path, dir, ...agent }), ...request }));
    t.pass();
  });

  t.test(`${name}, over https`, async (t) => {
    const { name: path, dir } = await startServing(t, https.createServer({ key, cert }, silent));
    const secure = new HttpsAgent({ path, dir, ca: cert, ...agent });
    await timesOut(https.request({ agent: secure, host: 'localhost', ...request }));
    t.pass();
  });
}

t.test('while it waits for the server', async (t) => {
  const agent = new Agent({ path: 'none', dir: uniqueDirectory(t), wait: true, timeout: 20 });
  await timesOut(http.request({ agent }));
  t.pass();
});

t.test('an idle connection is closed after it', async (t) => {
  const server = http.createServer({ keepAliveTimeout: 0 }, (_, response) => response.end());
  const { name: path, dir } = await startServing(t, server);
  const agent = new Agent({ path, dir, keepAlive: true, timeout: 20 });
  await ask({ agent });
  await until(() => Object.keys(agent.freeSockets).length === 0, 'the idle socket is closed');
  t.match(await ask({ agent }), { isReused: false });
  agent.destroy();
});
