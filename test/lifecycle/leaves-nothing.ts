// A process opens 300 channels from both ends, uses them and closes them in every way. Then nothing
// of them is left: no file, no descriptor, no mapping, and no thread but the one that stands ready
// for the process's next channel.
import t from 'tap';
import { leftIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild } from '../fixtures/processes/child.js';

const pairs = 300;

t.test('after closing everything', async (t) => {
  const dir = uniqueDirectory(t);
  const child = spawnChild(
    t,
    async ({ smipc, args, send, until, waiterThreads }) => {
      const { readdirSync, readFileSync, readlinkSync } = await import('node:fs');
      const traces = () => ({
        threads: waiterThreads().length,
        descriptors: readdirSync('/proc/self/fd').filter((fd) => {
          try {
            return readlinkSync(`/proc/self/fd/${fd}`).includes(args.dir);
          } catch {
            return false; // the descriptor that lists the others
          }
        }).length,
        mappings: readFileSync('/proc/self/maps', 'utf8').split(args.dir).length - 1,
      });

      const options = { dir: args.dir, capacity: 4096 };
      const streams = Array.from({ length: args.pairs }, (_, i) => [
        smipc.createWriteStream(`channel-${i}`, options),
        smipc.createReadStream(`channel-${i}`, options).resume(),
      ]).flat();
      const closed = streams.map(
        (stream) => new Promise((resolve) => stream.on('error', () => {}).on('close', resolve)),
      );
      await send(traces());
      for (const [i, stream] of streams.entries()) {
        if ('read' in stream) {
          if (i % 3 === 0) stream.destroy();
        } else {
          stream.write('a few bytes');
          if (i % 4 === 0) stream.end();
          else stream.destroy();
        }
      }
      await Promise.all(closed);
      // The bell and the lifeline stay for a while, for a next channel.
      await until(() => traces().descriptors === 0, 'no descriptor');
      await send(traces());
    },
    { dir, pairs },
  );
  const before = (await child.message()) as { threads: number; mappings: number };
  t.ok(before.threads >= (2 * pairs) / 63);
  t.ok(before.mappings >= 2 * pairs);
  t.match(await child.message(), { threads: 1, descriptors: 0, mappings: 0 });
  t.match(await child.exit, { code: 0, stderr: '' });
  t.strictSame(await leftIn(dir), []);
});
