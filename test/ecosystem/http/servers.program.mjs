// express and fastify serve, ws upgrades, and its handshake has a time limit.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import express from 'express';
import fastify from 'fastify';
import { Agent, serve } from 'smipc/http';
import { WebSocket, WebSocketServer } from 'ws';

const path = `servers-${process.pid}`;

async function get(agent, path) {
  const [response] = await once(http.get({ agent, path }), 'response');
  return await text(response);
}

async function close(server) {
  const closed = once(server, 'close');
  server.close();
  await closed;
}

{
  const app = express();
  app.set('trust proxy', 'loopback');
  app.get('/:name', (request, response) => response.send(`${request.params.name} ${request.ip}`));
  const server = http.createServer(app);
  serve(server, path, { remoteAddress: '127.0.0.1' });
  await once(server, 'listening');
  const agent = new Agent({ path, keepAlive: true });
  for (let i = 0; i < 10; i++) assert.equal(await get(agent, `/${i}`), `${i} 127.0.0.1`);
  await close(server);
}

{
  const app = fastify();
  app.get('/', async () => ({ hello: 'world' }));
  await app.ready();
  serve(app.server, path);
  await once(app.server, 'listening');
  const agent = new Agent({ path, keepAlive: true });
  for (let i = 0; i < 10; i++) assert.equal(await get(agent, '/'), '{"hello":"world"}');
  await close(app.server);
  await app.close();
}

{
  const server = http.createServer();
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  serve(server, path);
  await once(server, 'listening');
  const socket = new WebSocket('ws://localhost', { agent: new Agent({ path }) });
  await once(socket, 'open');
  for (const message of ['short', 'long'.repeat(100_000)]) {
    socket.send(message);
    assert.equal(String((await once(socket, 'message'))[0]), message);
  }
  socket.close();
  await once(socket, 'close');
  await close(server);
}

{
  const server = http.createServer().on('upgrade', () => {});
  serve(server, path);
  await once(server, 'listening');
  const options = { agent: new Agent({ path }), handshakeTimeout: 50 };
  const [error] = await once(new WebSocket('ws://localhost', options), 'error');
  assert.match(error.message, /handshake has timed out/);
  server.close();
  process.exit();
}
