// Worker threads are terminated at random moments: while they start, open, wait for a role, read or
// write with a parked thread, or stream. Nothing crashes or hangs, each role is free at once, the
// opposite end learns of an abort, and no waiter thread stays behind.
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { newSeed } from '../fixtures/data/seed.js';
import { spawnChild } from '../fixtures/processes/child.js';
import { type ThreadContext, threadModule } from '../fixtures/processes/thread.js';

const rounds = 25;

interface Channels {
  options: { dir: string; capacity: number };
  input: string;
  output: string;
  other: string;
}

const bodies: Record<string, (context: ThreadContext<Channels>) => unknown> = {
  readSync: ({ smipc, args }) => {
    const channel = smipc.openChannel(args.input, 'r', args.options);
    for (;;) channel.readSync(Buffer.alloc(3000), { min: 3000 });
  },
  writeSync: ({ smipc, args }) => {
    const channel = smipc.openChannel(args.output, 'w', args.options);
    for (;;) channel.writeSync(Buffer.alloc(10_000));
  },
  streams: ({ smipc, args }) => {
    const reader = smipc.createReadStream(args.input, args.options);
    reader.pipe(smipc.createWriteStream(args.output, args.options));
  },
  opening: async ({ smipc, args }) => {
    void smipc.openChannel(args.input, 'w', { ...args.options, wait: true });
    for (;;) await smipc.openChannel(args.other, 'r', args.options).close();
  },
};

for (const [kind, body] of Object.entries(bodies)) {
  t.test(`${kind}, ${rounds} times`, async (t) => {
    const child = spawnChild(
      t,
      async ({ smipc, pattern, args, waiterThreads }) => {
        const { setTimeout } = await import('node:timers/promises');
        const { startThread } = (await import(
          args.threadModule
        )) as typeof import('../fixtures/processes/thread.js');
        const random = pattern.random(args.seed);
        const options = { dir: args.dir, capacity: 4096 };

        /** Did the thread take the role? If the channel is gone, this thread was told of it. */
        const hasCome = (name: string, role: 'reader' | 'writer') => {
          const state = smipc.list(options).find((one) => one.name === name)?.[role].state;
          if (state === 'open') throw new Error(`${name} still has its ${role}`);
          return state !== 'absent';
        };

        /** Settles when the stream is closed, with what it was told of its other end. */
        const outcomeOf = (stream: NodeJS.EventEmitter) =>
          new Promise<string>((resolve) => {
            let outcome = 'none';
            stream.on('error', ({ code, peer }) => {
              outcome = `${code} ${peer}`;
            });
            stream.on('close', () => resolve(outcome));
          });

        const terminateOne = async (round: number) => {
          const [input, output, other] = [`input-${round}`, `output-${round}`, `other-${round}`];
          const writer = smipc.createWriteStream(input, options);
          const reader = smipc.createReadStream(output, options).resume();
          const outcomes = [outcomeOf(writer), outcomeOf(reader)];
          const feed = () => {
            while (!writer.destroyed && writer.write(Buffer.alloc(1000)));
          };
          writer.on('drain', feed);
          feed();
          const thread = startThread(args.body, { options, input, output, other });
          thread.exit.catch(() => {});
          await setTimeout(random.below(80));
          await thread.worker.terminate();

          const hadReader = hasCome(input, 'reader');
          const hadWriter = hasCome(output, 'writer');
          if (!hadReader) writer.destroy();
          if (!hadWriter) reader.destroy();
          const told = (await Promise.all(outcomes)).join();
          const expected = [
            hadReader ? 'EPIPE closed' : 'none',
            hadWriter ? 'ECONNRESET aborted' : 'none',
          ];
          if (told !== expected.join()) throw new Error(`round ${round}: ${told}`);
          await smipc.openChannel(other, 'r', options).close();
        };

        for (let round = 0; round < args.rounds; round++) await terminateOne(round);
        const waiters = waiterThreads();
        if (waiters.length > 1) throw new Error(`${waiters.length} waiter threads are left`);
      },
      { body: body.toString(), rounds, seed: newSeed(t), dir: uniqueDirectory(t), threadModule },
    );
    t.match(await child.exit, { code: 0, signal: null, stderr: '' });
  });
}
