// A JavaScript process is killed before or after a system call that smipc makes for it, while a stream
// is opened, used and left in one way or another; so in any of its threads. Whatever the call: nobody
// sees a channel that is not complete, the peer hears of it after every byte, the next owners get both
// roles, and nothing is left in the directory.
//
// This is a sample, with a random start; FAULTS=full tries all. test/native/channel/system_calls_test.cc has
// every call, without Node.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createReadStream, createWriteStream, inspect, openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { patternBytes, random } from '../fixtures/data/pattern.js';
import { newSeed } from '../fixtures/data/seed.js';
import { spawnChild, type TalkingChild } from '../fixtures/processes/child.js';
import { consume, outcomeOf } from '../fixtures/processes/outcome.js';

const name = 'name';
const size = 1000;
/** So many deaths in each life, if not at all points. */
const sample = 2;
const isFull = process.env.FAULTS === 'full';
// strace makes each process slow, and all of them are many.
t.setTimeout(isFull ? 3_600_000 : 600_000);

/** What smipc calls; Node calls some of it too, and more. */
const calls = new Set([
  ...['openat', 'mkdir', 'mknodat', 'linkat', 'unlinkat', 'close', 'write'],
  ...['flock', 'fcntl', 'fallocate', 'fchmod', 'fstatfs', 'mmap', 'munmap', 'mprotect'],
  ...['futex', 'futex_waitv', 'set_robust_list', 'clone3'],
]);
const lives = [
  'a writer ends',
  'a writer is destroyed',
  "a writer's process exits",
  'a reader reads to the end',
  'a reader is destroyed',
  "a reader's process exits",
] as const;
type Life = (typeof lives)[number];

function startWriter(t: Test, dir: string, life: Life): TalkingChild {
  return spawnChild(
    t,
    async ({ smipc, pattern, args, send, receive }) => {
      const { once } = (await import('node:events')).default;
      const { dir, name, life, size } = args;
      await send('ready');
      await receive();
      const writer = smipc.createWriteStream(name, { dir, capacity: 4096 });
      writer.on('error', () => {});
      writer.write(pattern.patternBytes(size));
      if (life.includes('exits')) process.exit();
      if (life.includes('ends')) writer.end();
      else writer.destroy();
      await once(writer, 'close');
      await send('done');
      await receive();
    },
    { dir, name, life, size },
  );
}

function startReader(t: Test, dir: string, life: Life): TalkingChild {
  return spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      const { once } = (await import('node:events')).default;
      const { dir, name, life } = args;
      await send('ready');
      await receive();
      const reader = smipc.createReadStream(name, { dir });
      reader.on('error', () => {});
      await once(reader, 'data');
      if (life.includes('exits')) process.exit();
      if (life.includes('destroyed')) reader.destroy();
      if (!reader.closed) await once(reader, 'close');
      await send('done');
      await receive();
    },
    { dir, name, life },
  );
}

/** Lets a victim live under strace, and kills it at the end. Was it dead before? */
async function live(victim: TalkingChild, options: string[]): Promise<boolean> {
  await victim.message();
  const args = ['-f', ...options, '-p', String(victim.pid)];
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = once(strace, 'exit');
  await once(strace.stderr, 'data');
  // It may die of the first call that strace sees, before it is told to live.
  const isOver = await victim
    .send('live')
    .then(() => victim.message())
    .then(
      () => true,
      () => false,
    );
  victim.kill();
  const { signal } = await victim.exit;
  await gone;
  return !isOver && signal !== null;
}

/** Looks at the channel as often as it can. Resolves when told to stop; nobody ever sees a part. */
function watch(t: Test, dir: string): () => Promise<void> {
  let isWatching = true;
  const watched = (async () => {
    while (isWatching) {
      try {
        const { writer, reader } = inspect(name, { dir });
        if (writer.state === 'absent' && reader.state === 'absent') throw new Error('has no maker');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
      await new Promise(setImmediate);
    }
  })();
  const stop = () => {
    isWatching = false;
    return watched;
  };
  t.teardown(stop); // after a failure
  return stop;
}

async function killWriter(t: Test, dir: string, life: Life, options: string[]): Promise<boolean> {
  const stop = watch(t, dir);
  const reader = createReadStream(name, { dir });
  const outcome = consume(reader);
  const wasKilled = await live(startWriter(t, dir, life), options);
  if (reader.channel?.status().writer.state === 'absent') {
    createWriteStream(name, { dir }).end(patternBytes(size));
    t.match(await outcome, { bytes: size, events: ['end', 'close'] });
  } else {
    const { bytes, events, code } = await outcome;
    // It had published what it wrote, or died before.
    t.ok(bytes === 0 || bytes === size, `${bytes} bytes`);
    t.ok(events[0] === 'end' ? bytes === size : code === 'ECONNRESET', events.join());
    t.ok(events[0] !== 'end' || life === 'a writer ends');
  }
  await stop();
  return wasKilled;
}

async function killReader(t: Test, dir: string, life: Life, options: string[]): Promise<boolean> {
  const stop = watch(t, dir);
  const writer = createWriteStream(name, { dir, capacity: 4096 });
  writer.write(patternBytes(size));
  if (life === 'a reader reads to the end') writer.end();
  const outcome = outcomeOf(writer);
  const wasKilled = await live(startReader(t, dir, life), options);
  const { reader } = inspectOrNothing(dir);
  if (reader === 'absent') {
    if (life !== 'a reader reads to the end') writer.end();
    t.match(await consume(createReadStream(name, { dir })), { bytes: size });
  }
  const { code } = await outcome;
  t.ok(
    reader === 'absent' || life === 'a reader reads to the end' || code === 'EPIPE',
    String(code),
  );
  await stop();
  return wasKilled;
}

function inspectOrNothing(dir: string): { reader: string } {
  try {
    return { reader: inspect(name, { dir }).reader.state };
  } catch {
    return { reader: 'gone' };
  }
}

async function tryPoint(t: Test, life: Life, options: string[]): Promise<boolean> {
  const dir = uniqueDirectory(t);
  const kill = life.includes('writer') ? killWriter : killReader;
  const wasKilled = await kill(t, dir, life, options);
  const writer = openChannel(name, 'w', { dir });
  const reader = openChannel(name, 'r', { dir });
  const reading = reader.read(Buffer.alloc(size), { min: size });
  await writer.write(patternBytes(size));
  t.equal(await reading, size);
  await Promise.all([writer.close(), reader.close()]);
  t.strictSame(await leftIn(dir), [], 'nothing is left');
  return wasKilled;
}

t.test('strace', (t) => {
  const { error } = spawnSync('strace', ['-V']);
  t.notOk(error, 'strace is installed (apt install strace)');
  if (error) t.bailout('strace is needed to kill a process at a system call');
  t.end();
});

/** The calls of a life that nobody disturbs: each as the how-manieth of its kind in its thread. */
async function callsOf(t: Test, life: Life): Promise<{ call: string; ordinal: number }[]> {
  const log = join(uniqueDirectory(t), 'log');
  await tryPoint(t, life, ['-o', log]);
  const most = new Map<string, number>();
  const ordinals = new Map<string, number>();
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const [, thread, call = ''] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (!calls.has(call)) continue;
    const ordinal = (ordinals.get(`${thread} ${call}`) ?? 0) + 1;
    ordinals.set(`${thread} ${call}`, ordinal);
    most.set(call, Math.max(ordinal, most.get(call) ?? 0));
  }
  return [...most].flatMap(([call, count]) =>
    Array.from({ length: count }, (_, index) => ({ call, ordinal: index + 1 })),
  );
}

for (const life of lives) {
  t.test(life, async (t) => {
    const { below } = random(newSeed(t));
    const points = (await callsOf(t, life)).flatMap((point) => [
      { ...point, signal: 'KILL' },
      { ...point, signal: 'TERM' },
    ]);
    const stride = isFull ? 1 : Math.ceil(points.length / sample) | 1; // odd: both signals
    const start = below(points.length);
    let killed = 0;
    // Some calls, as waits of Node's threads for each other, were made by chance, and are not made again.
    for (let i = 0; i < points.length && (isFull || killed < sample); i++) {
      const { call, ordinal, signal } = points[
        (start + i * stride) % points.length
      ] as (typeof points)[number];
      t.comment(`${call} ${ordinal} ${signal}`);
      const injection = `inject=${call}:signal=${signal}:when=${ordinal}`;
      if (await tryPoint(t, life, ['-o', '/dev/null', '-e', injection])) killed++;
    }
    t.ok(killed > 0, `${killed} deaths at ${points.length} points`);
  });
}
