// Two worker threads block against each other, with readSync and writeSync, while the event loop of
// the main thread goes on: a stream of random sizes, messages larger than the ring, and a ping-pong.
import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { newSeed } from '../fixtures/data/seed.js';
import { startThread } from '../fixtures/processes/thread.js';

for (const capacity of [4096, 65_536]) {
  t.test(`a stream through ${capacity} bytes`, async (t) => {
    const args = { name: uniqueName(t), capacity, seed: newSeed(t), total: 8_000_000 };
    const writer = startThread(
      async ({ smipc, pattern, args }) => {
        const { name, capacity, seed, total } = args;
        const channel = smipc.openChannel(name, 'w', { capacity });
        const random = pattern.random(seed);
        for (let position = 0; position < total; ) {
          const size = Math.min(random.between(1, 5 * capacity), total - position);
          channel.writeSync(pattern.patternBytes(size, position));
          position += size;
        }
        channel.end();
        await channel.close();
      },
      args,
      t,
    );
    const reader = startThread(
      async ({ smipc, pattern, args, send }) => {
        const { name, capacity, seed } = args;
        const channel = smipc.openChannel(name, 'r', { capacity });
        const random = pattern.random(seed + 1);
        let position = 0;
        for (;;) {
          const target = Buffer.alloc(random.between(1, 5 * capacity));
          const min = random.between(1, target.length);
          const count = channel.readSync(target, { min });
          pattern.checkPattern(target.subarray(0, count), position);
          position += count;
          if (count < min) break;
        }
        send({ position, ended: channel.ended });
        await channel.close();
      },
      args,
      t,
    );
    let isDone = false;
    let turns = 0;
    const done = Promise.all([writer.exit, reader.exit]).finally(() => (isDone = true));
    while (!isDone) {
      await setImmediate();
      turns++;
    }
    t.strictSame(await done, [0, 0]);
    t.match(await reader.message(), { position: args.total });
    t.ok(turns > 10, 'the event loop goes on');
  });
}

t.test('a ping-pong of messages larger than the ring', async (t) => {
  const rounds = 300;
  const args = { ping: uniqueName(t), pong: uniqueName(t), seed: newSeed(t), rounds };
  const asker = startThread(
    ({ smipc, pattern, args, send }) => {
      const out = smipc.openChannel(args.ping, 'w', { capacity: 4096 });
      const back = smipc.openChannel(args.pong, 'r', { capacity: 4096 });
      const random = pattern.random(args.seed);
      const length = Buffer.alloc(4);
      for (let round = 0; round < args.rounds; round++) {
        const message = pattern.patternBytes(random.between(1, 20_000), round);
        length.writeUInt32LE(message.length);
        out.writeSync(length);
        out.writeSync(message);
        const answer = Buffer.alloc(message.length);
        back.readSync(answer, { min: answer.length });
        if (!answer.equals(message)) throw new Error(`round ${round}`);
      }
      out.end();
      send(args.rounds);
    },
    args,
    t,
  );
  const echoer = startThread(
    ({ smipc, args, send }) => {
      const asked = smipc.openChannel(args.ping, 'r', { capacity: 4096 });
      const out = smipc.openChannel(args.pong, 'w', { capacity: 4096 });
      const length = Buffer.alloc(4);
      let rounds = 0;
      for (; asked.readSync(length, { min: 4 }) === 4; rounds++) {
        const message = Buffer.alloc(length.readUInt32LE());
        asked.readSync(message, { min: message.length });
        out.writeSync(message);
      }
      send(rounds);
    },
    args,
    t,
  );
  t.strictSame([await asker.message(), await echoer.message()], [rounds, rounds]);
  t.strictSame([await asker.exit, await echoer.exit], [0, 0]);
});
