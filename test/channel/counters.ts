// status() counts what an end has done to wait for its peer and to wake it.
import { availableParallelism } from 'node:os';
import { openChannel } from 'smipc';
import t from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { openPair } from '../fixtures/channels/pair.js';
import { type ChildContext, spawnChild } from '../fixtures/processes/child.js';

t.test('parks, and wake-ups that are rung or suppressed', async (t) => {
  const { writer, reader } = openPair(t, { capacity: 4096, busyPoll: 0 });
  const target = Buffer.alloc(4096);
  const counters = (end: typeof writer) => end.status().counters;

  writer.tryWrite(Buffer.alloc(10));
  writer.tryWrite(Buffer.alloc(10));
  t.match(counters(writer), { wakeUpsRung: 0, wakeUpsSuppressed: 2, parks: 0 });
  reader.tryRead(target);
  t.match(counters(reader), { wakeUpsRung: 0, wakeUpsSuppressed: 1, parks: 0 });

  const reading = reader.read(target, { min: 3 });
  t.match(counters(reader), { parks: 1 });
  writer.tryWrite(Buffer.alloc(2));
  t.match(counters(writer), { wakeUpsRung: 0, wakeUpsSuppressed: 3 }, 'not for too little');
  writer.tryWrite(Buffer.alloc(1));
  t.match(counters(writer), { wakeUpsRung: 1, wakeUpsSuppressed: 3 });
  writer.tryWrite(Buffer.alloc(1));
  t.match(counters(writer), { wakeUpsRung: 1, wakeUpsSuppressed: 4 }, 'once is enough');
  await reading;

  const writing = writer.write(Buffer.alloc(5000));
  t.match(counters(writer), { parks: 1 });
  t.equal(reader.tryRead(target), 4096);
  await writing;
  t.match(counters(reader), { wakeUpsRung: 1 });
  t.match(counters(reader), { pollsHit: 0, pollsMissed: 0 }, 'busyPoll is 0');
  await reader.close();
  t.match(counters(reader), { parks: 1, wakeUpsRung: 1 }, 'as it was when it left');
});

t.test('peek and reserve count too', async (t) => {
  const { writer, reader } = openPair(t, { capacity: 4096, busyPoll: 0 });
  const peeking = reader.peek((view) => view.length);
  t.match(reader.status().counters, { parks: 1 });
  writer.tryReserve(4096, (view) => view.length);
  t.match(writer.status().counters, { wakeUpsRung: 1, wakeUpsSuppressed: 0 });
  const reserving = writer.reserve(1, (view) => view.length);
  t.match(writer.status().counters, { parks: 1 });
  await peeking;
  t.match(reader.status().counters, { wakeUpsRung: 1, wakeUpsSuppressed: 0 });
  await reserving;
});

/** Answers each byte at once, until there are no more. */
async function answer({ smipc, args }: ChildContext<{ name: string; busyPoll: number }>) {
  const { name, busyPoll } = args;
  const asks = smipc.openChannel(`${name}-asks`, 'r', { busyPoll });
  const answers = smipc.openChannel(`${name}-answers`, 'w', { busyPoll });
  const byte = Buffer.alloc(1);
  while (asks.readSync(byte) === 1) answers.writeSync(byte);
  await answers.close();
}

for (const busyPoll of [0, 1_000_000]) {
  t.test(`a ping-pong with busyPoll ${busyPoll}`, async (t) => {
    const name = uniqueName(t);
    const asks = openChannel(`${name}-asks`, 'w', { busyPoll });
    const answers = openChannel(`${name}-answers`, 'r', { busyPoll });
    t.teardown(() => Promise.all([asks.close(), answers.close()]));
    const child = spawnChild(t, answer, { name, busyPoll });
    const byte = Buffer.alloc(1);
    const rounds = 2000;
    for (let round = 0; round < rounds; round++) {
      asks.writeSync(byte);
      answers.readSync(byte, { timeout: 30_000 });
    }
    const { pollsHit = 0, parks = 0 } = answers.status().counters ?? {};
    if (busyPoll === 0 || availableParallelism() === 1) {
      t.equal(pollsHit, 0);
      t.ok(parks > 0);
    } else {
      t.ok(pollsHit > 0, 'answers were polled for');
    }
    asks.end();
    t.match(await child.exit, { code: 0, stderr: '' });
  });
}

t.test('on one processor busyPoll is off', async (t) => {
  const child = spawnChild(
    t,
    async ({ smipc, args, send }) => {
      const { spawnSync } = await import('node:child_process');
      spawnSync('taskset', ['-cp', '0', `${process.pid}`]);
      const { availableParallelism } = await import('node:os');
      const writer = smipc.openChannel(args.name, 'w', { busyPoll: 1_000_000 });
      const reader = smipc.openChannel(args.name, 'r', { busyPoll: 1_000_000 });
      const byte = Buffer.alloc(1);
      for (let round = 0; round < 100; round++) {
        const reading = reader.read(byte);
        writer.tryWrite(byte);
        await reading;
      }
      await send({ processors: availableParallelism(), counters: reader.status().counters });
    },
    { name: uniqueName(t) },
  );
  t.match(await child.message(), { processors: 1, counters: { pollsHit: 0, pollsMissed: 0 } });
  t.match(await child.exit, { code: 0 });
});
