// Client, Pool and Agent, their fetch() and the one of Node, HTTP/2, and what fails.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { connector, serve } from 'smipc/http';
import { cert, key } from './certificate.mjs';

const isNewEnough = Number(process.versions.node.split('.')[0]) >= 22;
const versions = ['undici-7', ...(isNewEnough ? ['undici-8'] : [])];
const name = `undici-${process.pid}`;

async function withServer(server, use) {
  serve(server, name);
  await once(server, 'listening');
  await use();
  const closed = once(server, 'close');
  server.close();
  await closed;
}

for (const version of versions) {
  const undici = await import(version);
  const connect = connector(name);
  const echo = (request, response) => request.pipe(response);

  await withServer(http.createServer(echo), async () => {
    const dispatchers = [
      new undici.Client('http://localhost', { connect }),
      new undici.Pool('http://localhost', { connect, connections: 3 }),
      new undici.Agent({ connect }),
    ];
    for (const dispatcher of dispatchers) {
      const bodies = Array.from({ length: 30 }, (_, i) => `${i} `.repeat(50_000));
      const request = { origin: 'http://localhost', path: '/', method: 'POST' };
      const echoes = bodies.map(async (body) => {
        const response = await dispatcher.request({ ...request, body });
        return await response.body.text();
      });
      assert.deepEqual(await Promise.all(echoes), bodies);
      await dispatcher.close();
    }
    const dispatcher = new undici.Agent({ connect });
    const init = { method: 'POST', body: 'fetched', dispatcher };
    assert.equal(await (await undici.fetch('http://localhost', init)).text(), 'fetched');
    await dispatcher.close();
  });

  const lost = new undici.Client('http://localhost', { connect });
  await assert.rejects(lost.request({ path: '/', method: 'GET' }), /ENOENT|ECONNREFUSED/);
  await lost.close();

  const secure = http2.createSecureServer({ key, cert, allowHTTP1: true }, (request, response) => {
    response.end(request.httpVersion);
  });
  await withServer(secure, async () => {
    for (const allowH2 of [false, true]) {
      const connect = connector(name, { ca: cert, allowH2 });
      const dispatcher = new undici.Agent({ connect, allowH2 });
      const response = await undici.fetch('https://localhost', { dispatcher });
      assert.equal(await response.text(), allowH2 ? '2.0' : '1.1');
      await dispatcher.close();
    }
  });
}
