// A server that says something while a connection is idle loses it: the next request must not get that as
// its answer.
import net from 'node:net';
import { Agent } from 'smipc/http';
import t from 'tap';
import { ask } from '../fixtures/http/ask.js';
import { startServing } from '../fixtures/http/served.js';
import { until } from '../fixtures/timing/until.js';

const respond = (body: string) =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

t.test('an answer to nothing', async (t) => {
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('data', () => socket.write(respond('asked')));
  });
  const { name: path, dir } = await startServing(t, server);
  const agent = new Agent({ path, dir, keepAlive: true });
  t.teardown(() => agent.destroy());
  const isIdle = () => Object.keys(agent.freeSockets).length > 0;
  for (let i = 0; i < 2; i++) t.match(await ask({ agent }), { body: 'asked', isReused: i > 0 });
  await until(isIdle, 'the connection is idle');
  sockets[0]?.write(respond('unasked'));
  await until(() => !isIdle(), 'the agent to drop it');
  t.match(await ask({ agent }), { body: 'asked', isReused: false });
  t.equal(sockets.length, 2);
});
