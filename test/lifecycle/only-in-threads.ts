// A process uses smipc in worker threads only: its main thread never loads the addon. Two threads at
// a time open ends, of a channel between them and of channels to the test, and return, throw, exit or
// are terminated at some moment. Nothing crashes, no thread stays behind, and the peers hear of each.
import {
  type ChannelReadStream,
  type ChannelWriteStream,
  createReadStream,
  createWriteStream,
  list,
} from 'smipc';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { random } from '../fixtures/data/pattern.js';
import { newSeed } from '../fixtures/data/seed.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { type Outcome, outcomeOf } from '../fixtures/processes/outcome.js';
import { type ThreadContext, threadModule } from '../fixtures/processes/thread.js';

const rounds = Number(process.env.TEST_ROUNDS ?? 25);
t.setTimeout(30_000 + rounds * 500);

/** How threads end, and what the process hears of it. */
const codes = { return: 0, throw: 'on purpose', exit: 3, terminate: 1, 'terminate early': '0|1' };
type Way = keyof typeof codes;
const kWays = Object.keys(codes) as Way[];

interface Task {
  options: { dir: string; capacity: number };
  name: string;
  way: Way;
  /** The channel between the two threads. */
  between: string;
  isWriter: boolean;
  /** When a thread is terminated that may not have opened anything yet. */
  afterMs: number;
}

function openAndEnd({ smipc, args, send }: ThreadContext<Task>): void {
  const { options, name, way, between, isWriter } = args;
  const writer = smipc.createWriteStream(`${name}-out`, options);
  writer.write('hello');
  const reader = smipc.createReadStream(`${name}-in`, options).resume();
  const streams = [writer, reader];
  if (isWriter) {
    const other = smipc.createWriteStream(between, options);
    // More than fits: the two threads wake each other until one has gone.
    other.write(Buffer.alloc(1 << 20));
    streams.push(other);
  } else {
    streams.push(smipc.createReadStream(between, options).resume());
  }
  for (const stream of streams) stream.on('error', () => {}).unref();
  send('open');
  if (way === 'throw') throw new Error('on purpose');
  if (way === 'exit') process.exit(3);
  if (way.startsWith('terminate')) setInterval(() => {}, 1000);
}

/** The test's ends of a thread's channels. */
interface Peer {
  reader: ChannelReadStream;
  writer: ChannelWriteStream;
  told: Promise<Outcome>[];
}

function openPeer({ name, options }: Task): Peer {
  const reader = createReadStream(`${name}-out`, options).resume();
  const writer = createWriteStream(`${name}-in`, options);
  writer.write('hello');
  return { reader, writer, told: [outcomeOf(reader), outcomeOf(writer)] };
}

/** The thread has gone: its peers have been told, or it never came. */
async function checkPeer(
  t: Test,
  { name, way, options }: Task,
  { reader, writer, told }: Peer,
): Promise<void> {
  const wasHere = (channel: string, role: 'reader' | 'writer'): boolean =>
    list(options).find((one) => one.name === channel)?.[role].state !== 'absent';
  const isAbsent = [!wasHere(`${name}-out`, 'writer'), !wasHere(`${name}-in`, 'reader')];
  if (way !== 'terminate early') t.strictSame(isAbsent, [false, false], `${name}: ${way}`);
  if (isAbsent[0]) reader.destroy();
  if (isAbsent[1]) writer.destroy();
  const events = ['error', 'close'];
  t.strictSame(
    await Promise.all(told),
    [
      isAbsent[0] ? { events: ['close'] } : { events, code: 'ECONNRESET', peer: 'aborted' },
      isAbsent[1] ? { events: ['close'] } : { events, code: 'EPIPE', peer: 'closed' },
    ],
    `${name}: ${way}`,
  );
}

t.test(`${rounds} times two threads`, async (t) => {
  const options = { dir: uniqueDirectory(t), capacity: 4096 };
  const chance = random(newSeed(t));
  const child = spawnChild(
    t,
    async ({ args, send, receive, waiterThreads }) => {
      const { setTimeout } = await import('node:timers/promises');
      const { startThread } = (await import(
        args.threadModule
      )) as typeof import('../fixtures/processes/thread.js');

      const run = async (task: Task): Promise<unknown> => {
        const thread = startThread(args.body, task);
        const exit = thread.exit.catch((error: Error) => error.message);
        if (task.way === 'terminate early') await setTimeout(task.afterMs);
        // What it throws may overtake its message.
        else await thread.message().catch(() => {});
        if (task.way.startsWith('terminate')) await thread.worker.terminate();
        const heard = await exit;
        // Node says 0 of a thread that had not started yet.
        return task.way === 'terminate early' && (heard === 0 || heard === 1) ? '0|1' : heard;
      };

      for (let tasks = await receive(); tasks !== 'end'; tasks = await receive()) {
        await send(await Promise.all((tasks as Task[]).map(run)));
      }
      if (waiterThreads().length > 0) throw new Error(`left: ${waiterThreads().join()}`);
    },
    { threadModule, body: openAndEnd.toString() },
  );

  for (let round = 0; round < rounds; round++) {
    const tasks = [true, false].map(
      (isWriter): Task => ({
        options,
        name: `${round}-${isWriter ? 'a' : 'b'}`,
        way: kWays[chance.below(kWays.length)] as Way,
        between: `${round}-between`,
        isWriter,
        afterMs: chance.below(100),
      }),
    );
    const peers = tasks.map(openPeer);
    await child.send(tasks);
    t.strictSame(
      await child.message(),
      tasks.map(({ way }) => codes[way]),
    );
    for (const [i, task] of tasks.entries()) await checkPeer(t, task, peers[i] as Peer);
  }
  await child.send('end');
  t.match(await child.exit, { code: 0, signal: null, stderr: '' });
});
