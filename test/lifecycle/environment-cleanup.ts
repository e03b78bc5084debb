// A process, and a worker thread, ends after each step of a channel's life, without closing what it
// has opened: exit code 0, nothing on stderr, no hang.
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { type ChildContext, spawnChild } from '../fixtures/processes/child.js';
import { threadModule } from '../fixtures/processes/thread.js';

interface Args {
  dir: string;
  stopAfter: number;
}

type Life = (context: Pick<ChildContext<Args>, 'smipc' | 'args'>) => Promise<void>;

// Each counts its steps, and returns after the one that it was told.
const lives: Record<string, { steps: number; live: Life }> = {
  writeStream: {
    steps: 5,
    live: async ({ smipc, args }) => {
      const stream = smipc.createWriteStream('one', { dir: args.dir });
      if (args.stopAfter === 1) return;
      stream.write('x');
      if (args.stopAfter === 2) return;
      stream.end();
      if (args.stopAfter === 3) return;
      const closed = new Promise((resolve) => stream.on('close', resolve));
      if (args.stopAfter === 4) return;
      await closed;
    },
  },
  readStream: {
    steps: 4,
    live: async ({ smipc, args }) => {
      const writer = smipc.createWriteStream('one', { dir: args.dir });
      writer.on('error', () => {}).write('x');
      const stream = smipc.createReadStream('one', { dir: args.dir });
      if (args.stopAfter === 1) return;
      await new Promise((resolve) => stream.once('readable', resolve));
      stream.read();
      if (args.stopAfter === 2) {
        stream.unref();
        return;
      }
      stream.destroy();
      if (args.stopAfter === 3) return;
      await new Promise((resolve) => stream.on('close', resolve));
    },
  },
  channel: {
    steps: 6,
    live: async ({ smipc, args }) => {
      const options = { dir: args.dir, capacity: 4096 };
      const reader = smipc.openChannel('one', 'r', options).unref();
      const writer = smipc.openChannel('two', 'w', options).unref();
      if (args.stopAfter === 1) return;
      void reader.read(Buffer.alloc(1)).catch(() => {});
      void reader.waitForPeer().catch(() => {});
      if (args.stopAfter === 2) return;
      void writer.write(Buffer.alloc(9000)).catch(() => {});
      void writer.drained().catch(() => {});
      if (args.stopAfter === 3) return;
      void smipc.createReadStream('one', { ...options, wait: true }).unref();
      if (args.stopAfter === 4) return;
      const closed = [reader.close(), writer.close()];
      if (args.stopAfter === 5) return;
      await Promise.all(closed);
    },
  },
};

for (const [kind, { steps, live }] of Object.entries(lives)) {
  for (let stopAfter = 1; stopAfter <= steps; stopAfter++) {
    t.test(`${kind}, step ${stopAfter}, a process`, async (t) => {
      const args = { dir: uniqueDirectory(t), stopAfter };
      const child = spawnChild(t, live, args, { ipc: false });
      t.match(await child.exit, { code: 0, signal: null, stderr: '' });
    });
  }

  t.test(`${kind}, each step, a thread`, async (t) => {
    const child = spawnChild(
      t,
      async ({ args }) => {
        const { startThread } = (await import(
          args.threadModule
        )) as typeof import('../fixtures/processes/thread.js');
        for (let stopAfter = 1; stopAfter <= args.steps; stopAfter++) {
          const dir = `${args.dir}/${stopAfter}`;
          const code = await startThread(args.live, { dir, stopAfter }).exit;
          if (code !== 0) throw new Error(`step ${stopAfter}: the thread's exit code is ${code}`);
        }
      },
      { dir: uniqueDirectory(t), steps, live: live.toString(), threadModule },
      { ipc: false },
    );
    t.match(await child.exit, { code: 0, signal: null, stderr: '' });
  });
}
