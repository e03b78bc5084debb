// Processes that are killed at random moments, as clients and as servers: what has come is a beginning of what
// was written, and no death looks like an end.
import * as net from 'smipc/net';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { checkPattern, random } from '../fixtures/data/pattern.js';
import { newSeed } from '../fixtures/data/seed.js';
import type { Socket } from '../fixtures/net/both.js';
import { startServer } from '../fixtures/net/pair.js';
import { closed, record, watchClose } from '../fixtures/net/record.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { until } from '../fixtures/timing/until.js';

const kSockets = 8;

/** Writes for ever, in chunks of any size, on connections that come and go for each. */
const kBusy = async ({
  pattern,
  args,
  send,
}: {
  pattern: typeof import('../fixtures/data/pattern.js');
  args: { path: string; sockets: number; seed: number };
  send(message: unknown): Promise<void>;
}) => {
  const net = await import('smipc/net');
  const chance = pattern.random(args.seed);
  for (let i = 0; i < args.sockets; i++) {
    const socket = net.connect(args.path);
    let position = 0;
    const write = (): void => {
      const size = chance.below(30_000);
      const bytes = pattern.patternBytes(size, position);
      position += size;
      socket.write(bytes, write);
    };
    write();
    socket.resume();
  }
  await send('busy');
};

t.test('clients', async (t) => {
  const seed = newSeed(t);
  const chance = random(seed);
  const path = uniqueName(t);
  const server = await startServer(t, { net, path });
  for (let round = 0; round < 8; round++) {
    const seen: { events: string[]; bytes: number }[] = [];
    const faults: unknown[] = [];
    const onConnection = (socket: Socket): void => {
      watchClose(socket);
      const one = { events: record(socket, { reads: false }), bytes: 0 };
      seen.push(one);
      socket.on('data', (chunk: Buffer) => {
        try {
          checkPattern(chunk, one.bytes);
        } catch (error) {
          faults.push(error);
        }
        one.bytes += chunk.length;
        if (chance.below(10) === 0) {
          socket.pause();
          setImmediate(() => socket.resume());
        }
      });
    };
    server.on('connection', onConnection);
    const child = spawnChild(t, kBusy, { path, sockets: kSockets, seed: seed + round });
    await child.message();
    const most = chance.below(3_000_000);
    await until(() => seen.reduce((sum, { bytes }) => sum + bytes, 0) >= most, 'enough has come');
    child.kill();
    await child.exit;
    const isOver = () =>
      seen.length === kSockets && seen.every(({ events }) => events.at(-1) === 'close true');
    await until(isOver, `all have closed: ${seen.map(({ events }) => events)}`);
    t.strictSame(faults, []);
    for (const { events } of seen) t.strictSame(events, ['error ECONNRESET read', 'close true']);
    server.off('connection', onConnection);
  }
});

t.test('servers', async (t) => {
  const seed = newSeed(t);
  const chance = random(seed);
  const path = uniqueName(t);
  for (let round = 0; round < 6; round++) {
    const child = spawnChild(
      t,
      async ({ pattern, args, send }) => {
        const net = await import('smipc/net');
        const server = net.createServer((socket) => {
          let position = 0;
          const write = (): void => {
            const bytes = pattern.patternBytes(7000, position);
            position += 7000;
            socket.write(bytes, write);
          };
          write();
          socket.resume();
        });
        server.listen(args.path, () => void send('listening'));
      },
      { path },
    );
    t.equal(await child.message(), 'listening');
    let total = 0;
    const faults: unknown[] = [];
    const all = Array.from({ length: kSockets }, () => {
      const socket = net.connect(path);
      const events = record(socket, { reads: false });
      let bytes = 0;
      const write = (): void =>
        void socket.write(Buffer.alloc(20_000), (error) => error ?? write());
      write();
      socket.on('data', (chunk: Buffer) => {
        try {
          checkPattern(chunk, bytes);
        } catch (error) {
          faults.push(error);
        }
        bytes += chunk.length;
        total += chunk.length;
      });
      return { socket, events };
    });
    const most = chance.below(3_000_000);
    await until(() => total >= most, 'enough has come');
    const over = Promise.all(all.map(({ socket }) => closed(socket)));
    child.kill();
    await over;
    t.strictSame(faults, []);
    for (const { events } of all) {
      t.strictSame(events.slice(-2), ['error ECONNRESET read', 'close true']);
      t.notOk(events.includes('end'));
    }
    await child.exit;
  }
});
