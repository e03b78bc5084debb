// Somebody keeps small chunks, or messages, among much that is not kept: what they keep alive is in
// proportion to what they are.
import type { ReadStreamOptions } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueName } from '../fixtures/channels/names.js';
import { spawnChild } from '../fixtures/processes/child.js';

interface Args {
  names: string[];
  options: ReadStreamOptions;
  rounds: number;
}

const rounds = 300;

/**
 * In a process of its own: writes small and large chunks by turns, and keeps the small ones.
 * @returns how many bytes of memory that is
 */
async function heldAfter(t: Test, options: ReadStreamOptions, names: string[]): Promise<number> {
  const child = spawnChild<Args>(
    t,
    async ({ smipc, args, send }) => {
      const gc = (globalThis as { gc?: () => void }).gc as () => void;
      const arrayBuffers = async (): Promise<number> => {
        // What the collector has found is freed a little later.
        let least = Number.POSITIVE_INFINITY;
        for (let rest = 20; rest > 0; rest--) {
          gc();
          await new Promise((resolve) => setImmediate(resolve));
          least = Math.min(least, process.memoryUsage().arrayBuffers);
        }
        return least;
      };
      const kept: Buffer[] = [];
      let received = 0;
      const writers = args.names.map((name) => {
        const writer = smipc.createWriteStream(name, args.options);
        smipc.createReadStream(name, args.options).on('data', (chunk: Buffer) => {
          received += chunk.length;
          if (chunk.length === 100) kept.push(chunk);
        });
        return writer;
      });
      const sendRounds = async (count: number): Promise<void> => {
        for (let sent = received; count > 0; count--) {
          for (const [size, writer] of [
            [100, writers[0]],
            [100_000, writers.at(-1)],
          ] as const) {
            writer?.write(Buffer.alloc(size));
            sent += size;
            while (received < sent) await new Promise((resolve) => setImmediate(resolve));
          }
        }
      };
      // What a first time takes is there then.
      await sendRounds(1);
      kept.length = 0;
      const before = await arrayBuffers();
      await sendRounds(args.rounds);
      await send((await arrayBuffers()) - before);
      await send(kept.length);
      process.exit();
    },
    { names, options, rounds },
    { execArgv: ['--expose-gc'] },
  );
  const held = Number(await child.message());
  t.equal(await child.message(), rounds);
  return held;
}

for (const [what, options, channels] of [
  ['chunks beside a busy channel', {}, 2],
  ['messages', { messages: true }, 1],
  ['messages of a channel with resume', { messages: true, resume: true }, 1],
] as const) {
  t.test(what, async (t) => {
    const names = Array.from({ length: channels }, () => uniqueName(t));
    const held = await heldAfter(t, options, names);
    t.ok(held < 10 * 100 * rounds, `${held} bytes are held for ${rounds} chunks of 100`);
  });
}
