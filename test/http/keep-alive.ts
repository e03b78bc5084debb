// An agent with `keepAlive` makes all its requests over one connection, as over TCP, between two
// processes; without, or when the server has ended that one, over another.
import { Agent } from 'smipc/http';
import t from 'tap';
import { ask } from '../fixtures/http/ask.js';
import { startServerProcess } from '../fixtures/http/server-process.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { until } from '../fixtures/timing/until.js';

t.test('many requests on one connection', async (t) => {
  const { path, dir } = await startServerProcess(t);
  const agent = new Agent({ path, dir, keepAlive: true });
  t.teardown(() => agent.destroy());
  for (let i = 0; i < 200; i++) {
    const answer = await ask({ agent, path: `/${i}` });
    t.strictSame(answer, { status: 200, body: `/${i} 1`, isReused: i > 0 });
  }
  t.equal(Object.values(agent.freeSockets).flat().length, 1);
});

t.test('several connections at a time, up to maxSockets', async (t) => {
  const { path, dir } = await startServerProcess(t);
  const agent = new Agent({ path, dir, keepAlive: true, maxSockets: 3 });
  t.teardown(() => agent.destroy());
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => ask({ agent, path: '/echo', method: 'POST' }, 'echoed')),
  );
  t.ok(answers.every(({ body }) => body === 'echoed'));
  t.equal(Object.values(agent.freeSockets).flat().length, 3);
});

t.test('without keepAlive each has its own', async (t) => {
  const { path, dir } = await startServerProcess(t);
  const agent = new Agent({ path, dir });
  for (let i = 1; i <= 3; i++) {
    t.match(await ask({ agent, path: '/' }), { body: `/ ${i}`, isReused: false });
  }
  await until(() => Object.keys(agent.sockets).length === 0, 'the agent to have no sockets');
});

t.test('a connection that the server has ended is not used again', async (t) => {
  const { path, dir } = await startServerProcess(t);
  const agent = new Agent({ path, dir, keepAlive: true });
  t.teardown(() => agent.destroy());
  t.match(await ask({ agent, path: '/end' }), { body: 'ended' });
  await until(() => Object.keys(agent.freeSockets).length === 0, 'the agent to know of the end');
  t.match(await ask({ agent, path: '/' }), { body: '/ 2', isReused: false });
});

t.test('an idle connection lets the process exit', async (t) => {
  const { path, dir } = await startServerProcess(t);
  const client = spawnChild(
    t,
    async ({ args }) => {
      const http = (await import('node:http')).default;
      const { Agent } = await import('smipc/http');
      const agent = new Agent({ ...args, keepAlive: true });
      http.get({ agent }, (response) => response.resume());
    },
    { path, dir },
    { ipc: false },
  );
  t.match(await client.exit, { code: 0, stderr: '' });
});
