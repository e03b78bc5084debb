// The time limits of an http server, which it keeps only for connections that it keeps track of.
import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { Agent } from 'smipc/http';
import { connect, type Socket } from 'smipc/net';
import t, { type Test } from 'tap';
import { ask } from '../fixtures/http/ask.js';
import { startServing } from '../fixtures/http/served.js';

const connectionsCheckingInterval = 5;

/** All that comes until the connection is reset: what Node's http destroys with an error. */
async function textUntilReset(t: Test, socket: Socket): Promise<string> {
  let all = '';
  socket.on('data', (chunk) => {
    all += String(chunk);
  });
  await t.rejects(once(socket, 'close'), { code: 'ECONNRESET', peer: 'aborted' });
  return all;
}

t.test('headersTimeout', async (t) => {
  const server = http.createServer({ headersTimeout: 20, connectionsCheckingInterval });
  const { name, dir } = await startServing(t, server);
  const socket = connect(name, { dir });
  socket.write('GET / HTTP/1.1\r\nHost: ');
  t.match(await textUntilReset(t, socket), /^HTTP\/1.1 408 Request Timeout\r\n/);
});

t.test('requestTimeout', async (t) => {
  const server = http.createServer({
    headersTimeout: 20,
    requestTimeout: 20,
    connectionsCheckingInterval,
  });
  const { name, dir } = await startServing(t, server);
  const socket = connect(name, { dir });
  socket.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf');
  t.match(await textUntilReset(t, socket), /^HTTP\/1.1 408 Request Timeout\r\n/);
});

t.test('keepAliveTimeout', async (t) => {
  const server = http.createServer({ keepAliveTimeout: 20 }, (_, response) => response.end());
  // Newer versions of Node add so much to it.
  Object.assign(server, { keepAliveTimeoutBuffer: 0 });
  const { name: path, dir } = await startServing(t, server);
  const socket = connect(path, { dir });
  socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  t.match(await text(socket), /^HTTP\/1.1 200 OK\r\n/, 'and then the end');
});

t.test('timeout', async (t) => {
  const server = http.createServer(() => {}).setTimeout(20);
  const { name: path, dir } = await startServing(t, server);
  await t.rejects(ask({ agent: new Agent({ path, dir }) }), { code: 'ECONNRESET' });
});

t.test('timeout, with a listener that decides', async (t) => {
  const server = http.createServer(() => {}).setTimeout(20);
  const { name: path, dir } = await startServing(t, server);
  const answer = ask({ agent: new Agent({ path, dir }) });
  const [socket] = await once(server, 'timeout');
  socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  t.match(await answer, { status: 200 });
});
