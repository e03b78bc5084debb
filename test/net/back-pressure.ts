// Much through small rings, both ways at once and to another process: nothing is lost, and what queues is
// bounded.
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as net from 'smipc/net';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { checkPattern, fillPattern } from '../fixtures/data/pattern.js';
import { overBoth, type Socket } from '../fixtures/net/both.js';
import { connectedPair } from '../fixtures/net/pair.js';
import { closed, record } from '../fixtures/net/record.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { someTurns } from '../fixtures/timing/turns.js';

const kTotal = 64 << 20;
const kChunk = 50_000;

function* pattern(seed: number): Generator<Buffer> {
  for (let position = 0; position < kTotal; position += kChunk) {
    const chunk = Buffer.alloc(Math.min(kChunk, kTotal - position));
    fillPattern(chunk, position, seed);
    yield chunk;
  }
}

/** By events, as leaving a `for await` would destroy what is written, too. */
function check(socket: Socket, seed: number): Promise<number> {
  let position = 0;
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('end', () => resolve(position));
    socket.on('data', (chunk: Buffer) => {
      try {
        checkPattern(chunk, position, seed);
      } catch (error) {
        reject(new Error('not what was written', { cause: error }));
      }
      position += chunk.length;
    });
  });
}

t.test('64 MiB each way at once, to an echo in another process', async (t) => {
  const path = uniqueName(t);
  const server = spawnChild(
    t,
    async ({ args, send }) => {
      const net = await import('smipc/net');
      const server = net.createServer({ allowHalfOpen: true }, (socket) => {
        socket.pipe(socket);
        socket.on('close', () => server.close());
      });
      server.listen(args.path, () => void send('listening'));
    },
    { path },
  );
  await server.message();
  const client = net.connect(path);
  const [count] = await Promise.all([
    check(client, 5),
    pipeline(Readable.from(pattern(5)), client),
  ]);
  t.equal(count, kTotal);
  t.equal(client.bytesRead, kTotal);
  t.equal(client.bytesWritten, kTotal);
  t.match(await server.exit, { code: 0, stderr: '' });
});

t.test('64 MiB each way, of two sides that both write first', async (t) => {
  const { client, accepted } = await connectedPair(
    t,
    { net, path: uniqueName(t) },
    { both: { allowHalfOpen: true } },
  );
  const write = async (socket: Socket, seed: number): Promise<void> => {
    for (const chunk of pattern(seed)) {
      if (!socket.write(chunk)) await once(socket, 'drain');
      if (socket.writableLength > 4 * 64 * 1024) throw new Error('too much queues');
    }
    socket.end();
  };
  const [, , up, down] = await Promise.all([
    write(client, 1),
    write(accepted, 2),
    check(accepted, 1),
    check(client, 2),
  ]);
  t.strictSame([up, down], [kTotal, kTotal]);
});

overBoth(t, 'a reader that does not read', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  accepted.pause();
  let written = 0;
  const chunk = Buffer.alloc(10_000);
  while (client.write(chunk) || client.writableLength < 200_000) {
    written++;
    if (written > 1000) break;
    await someTurns(1);
  }
  const stopped = { needDrain: client.writableNeedDrain, isBounded: written <= 1000 };
  let drains = 0;
  client.on('drain', () => drains++);
  await someTurns();
  const before = drains;
  const drained = once(client, 'drain');
  accepted.resume();
  await drained;
  return { stopped, before, drains };
});

overBoth(t, 'a write larger than the ring, and its callback', async (t, way) => {
  const { client, accepted } = await connectedPair(t, way);
  const events = record(client, { reads: false });
  let bytes = 0;
  accepted.on('data', (chunk: Buffer) => (bytes += chunk.length));
  const returned = client.write(Buffer.alloc(3_000_000), () => events.push('written'));
  client.end();
  await closed(client);
  return { returned, bytes, events, written: client.bytesWritten };
});

t.test('capacity', async (t) => {
  const { client, accepted } = await connectedPair(
    t,
    { net, path: uniqueName(t) },
    { client: { capacity: { write: 1 << 20, read: 4096 } } },
  );
  accepted.pause();
  client.write(Buffer.alloc(1 << 20));
  t.equal(client.writableLength, 0, 'all of it fits');
  client.on('data', () => {});
  client.pause();
  accepted.write(Buffer.alloc(1 << 20));
  await someTurns();
  t.ok(accepted.writableLength > 900_000, `${accepted.writableLength} bytes queue`);
});
