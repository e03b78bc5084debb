// TLS over shared memory, between two processes: the certificate counts, connections and sessions are
// used again.
import type { TLSSocket } from 'node:tls';
import { HttpsAgent } from 'smipc/http';
import t from 'tap';
import { ask } from '../fixtures/http/ask.js';
import { cert } from '../fixtures/http/certificate.js';
import { startServerProcess } from '../fixtures/http/server-process.js';

t.test('many requests on one connection', async (t) => {
  const { path, dir } = await startServerProcess(t, { isSecure: true });
  const agent = new HttpsAgent({ path, dir, ca: cert, keepAlive: true });
  t.teardown(() => agent.destroy());
  for (let i = 0; i < 50; i++) {
    t.match(await ask({ agent, path: `/${i}` }), { body: `/${i} 1`, isReused: i > 0 });
  }
});

t.test('the next connection resumes the session', async (t) => {
  const { path, dir } = await startServerProcess(t, { isSecure: true });
  const agent = new HttpsAgent({ path, dir, ca: cert });
  const resumed: boolean[] = [];
  const createConnection = agent.createConnection.bind(agent);
  agent.createConnection = (options) => {
    const socket: TLSSocket = createConnection(options);
    socket.once('secureConnect', () => resumed.push(socket.isSessionReused()));
    return socket;
  };
  for (let i = 1; i <= 2; i++) t.match(await ask({ agent }), { body: `/ ${i}` });
  t.strictSame(resumed, [false, true]);
});

t.test('a large body, and back', async (t) => {
  const { path, dir } = await startServerProcess(t, { isSecure: true });
  const agent = new HttpsAgent({ path, dir, ca: cert });
  const body = 'echo '.repeat(1_000_000);
  const answer = await ask({ agent, path: '/echo', method: 'POST' }, body);
  t.ok(answer.body === body);
});

t.test('a certificate that nobody has vouched for', async (t) => {
  const { path, dir } = await startServerProcess(t, { isSecure: true });
  await t.rejects(ask({ agent: new HttpsAgent({ path, dir }) }), {
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  });
  const trusting = new HttpsAgent({ path, dir, rejectUnauthorized: false });
  t.match(await ask({ agent: trusting }), { status: 200 });
});

t.test('a certificate for another host', async (t) => {
  const { path, dir } = await startServerProcess(t, { isSecure: true });
  const agent = new HttpsAgent({ path, dir, ca: cert });
  await t.rejects(ask({ agent, host: 'another.host' }), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  t.match(await ask({ agent, host: 'another.host', servername: 'localhost' } as object), {
    status: 200,
  });
});
