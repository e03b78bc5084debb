// Bodies much larger than the ring and all buffers, both ways, between two processes: they come whole,
// and whoever does not read makes the other one wait.
import { once } from 'node:events';
import http from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Agent } from 'smipc/http';
import t from 'tap';
import { checkPattern, patternBytes } from '../fixtures/data/pattern.js';
import { startServing } from '../fixtures/http/served.js';
import { startServerProcess } from '../fixtures/http/server-process.js';
import { someTurns } from '../fixtures/timing/turns.js';

const total = 32 * 1024 * 1024;
const chunk = 100_000;

function* chunks() {
  for (let at = 0; at < total; at += chunk) {
    yield patternBytes(Math.min(chunk, total - at), at);
  }
}

t.test('there and back', async (t) => {
  const { path, dir } = await startServerProcess(t);
  const request = http.request({ agent: new Agent({ path, dir }), path: '/echo', method: 'POST' });
  const answered = once(request, 'response');
  const sent = pipeline(Readable.from(chunks()), request);
  const [response] = (await answered) as [http.IncomingMessage];
  let received = 0;
  for await (const bytes of response) {
    checkPattern(bytes, received);
    received += bytes.length;
  }
  t.equal(received, total);
  await sent;
});

t.test('a server that does not read makes the client wait', async (t) => {
  const requests: http.IncomingMessage[] = [];
  const server = http.createServer((request) => requests.push(request));
  const { name: path, dir } = await startServing(t, server);
  const agent = new Agent({ path, dir, capacity: 65_536 });
  const request = http.request({ agent, method: 'POST' });
  t.teardown(() => request.destroy());
  request.on('error', () => {});
  // Written bytes lie in the socket until they fit.
  const socket = await new Promise<NodeJS.WritableStream & { writableLength: number }>(
    (resolve) => {
      request.once('socket', resolve as (socket: unknown) => void);
    },
  );
  let written = 0;
  const writeOn = () => {
    while (written < total) {
      written += chunk;
      if (!request.write(patternBytes(chunk, written))) return;
    }
  };
  request.on('drain', writeOn);
  writeOn();
  for (let before = -1; before !== written || requests.length === 0; ) {
    before = written;
    await someTurns();
  }
  t.ok(written < total / 2, `${written} bytes`);
  t.ok(socket.writableLength > 0);
  requests[0]?.resume();
  while (written < total) await once(request, 'drain');
  t.ok(written >= total);
});
