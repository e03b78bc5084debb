// An http server at a name, without a port, and two ways to ask it.
// Run it: node examples/http-server/main.js [NAME]
import { once } from 'node:events';
import http from 'node:http';
import { json, text } from 'node:stream/consumers';
import { Agent, connector, serve } from 'smipc/http';

const [name = `http-example-${process.pid}`] = process.argv.slice(2);

// Any server of node:http, and of what is built on it: express, fastify, koa and others.
const server = http.createServer((request, response) => void answer(request, response));
await once(serve(server, name), 'listening');

// Whoever can connect needs the right to the directory, not a port. A connection stays for the next
// request.
const agent = new Agent({ path: name, keepAlive: true });
for (const path of ['/first', '/second']) {
  // The host is what the `Host` header says, and nothing else.
  const [response] = await once(http.get(`http://localhost${path}`, { agent }), 'response');
  console.log(`http.get: ${await text(response)}`);
}
agent.destroy();

// fetch() takes a dispatcher of undici. Node does not let programs import the undici that is in it,
// so this needs `npm install undici`, and is left out without it.
const undici = await import(/** @type {string} */ ('undici')).catch(() => undefined);
if (undici === undefined) {
  console.log('fetch: needs undici');
} else {
  const dispatcher = new undici.Agent({ connect: connector(name) });
  const body = JSON.stringify([1, 2, 3]);
  const response = await undici.fetch('http://localhost/sum', { method: 'POST', body, dispatcher });
  console.log(`fetch: ${await response.text()}`);
  await dispatcher.close();
}

// Idle connections are closed, those at work are waited for, and the name goes.
server.close();

/** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
async function answer(request, response) {
  const isPost = request.method === 'POST';
  const numbers = isPost ? /** @type {number[]} */ (await json(request)) : [];
  const sum = numbers.reduce((total, number) => total + number, 0);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ url: request.url, sum }));
}
