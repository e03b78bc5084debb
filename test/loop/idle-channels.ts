// A thousand idle channels in one process, half of them readers that wait: no waiter thread runs, no
// processor time goes, and libuv's pool is as free as ever. Then all of them are woken.
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { spawnChild, type TalkingChild } from '../fixtures/processes/child.js';

/** What the waiter threads have done so far, by thread. */
type Activity = Record<string, { switches: number; ticks: number }>;

interface Report {
  before: Activity;
  after: Activity;
  /** How often the main thread fell asleep in that time. */
  mainWakes: number;
  cpuMs: number;
  heard: number;
}

function startIdler(t: Test, pairs: number, fallback: string | undefined): TalkingChild {
  return spawnChild(
    t,
    async ({ smipc, until, args, send, waiterThreads }) => {
      const { promises: fs, readFileSync } = await import('node:fs');
      const { lookup } = await import('node:dns/promises');
      const { pbkdf2 } = await import('node:crypto');
      const { promisify } = await import('node:util');
      const { setTimeout } = await import('node:timers/promises');

      const options = { dir: args.dir, capacity: 4096 };
      const names = Array.from({ length: args.pairs }, (_, i) => `channel-${i}`);
      let heard = 0;
      const readers = names.map((name) =>
        smipc.createReadStream(name, options).on('data', () => heard++),
      );
      const writers = names.map((name) => smipc.createWriteStream(name, options));
      await Promise.all([...readers, ...writers].map((stream) => stream.waitForPeer()));

      const look = () => {
        const activity: Activity = {};
        for (const id of waiterThreads()) {
          const path = `/proc/self/task/${id}`;
          const status = readFileSync(`${path}/status`, 'utf8');
          const counts = [...status.matchAll(/voluntary_ctxt_switches:\s*(\d+)/g)];
          // The fields after the name, which is in parentheses: utime and stime are 14 and 15.
          const stat = readFileSync(`${path}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
          activity[id] = {
            switches: counts.reduce((sum, [, count]) => sum + Number(count), 0),
            ticks: Number(stat[11]) + Number(stat[12]),
          };
        }
        return activity;
      };
      if (args.idles) {
        // The openings have to settle first.
        let last = '';
        await until(async () => {
          const now = JSON.stringify(look());
          const isQuiet = now === last;
          last = now;
          await setTimeout(100);
          return isQuiet;
        }, 'the waiter threads to come to rest');
      }
      const mainSleeps = () => {
        const status = readFileSync(`/proc/self/task/${process.pid}/status`, 'utf8');
        return Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1]);
      };
      const before = look();
      const sleeps = mainSleeps();
      const cpu = process.cpuUsage();
      await setTimeout(1000);
      const { user, system } = process.cpuUsage(cpu);
      const after = look();
      const mainWakes = mainSleeps() - sleeps;

      // More than the pool has threads.
      const derive = promisify(pbkdf2);
      await Promise.all([
        ...Array.from({ length: 8 }, () => fs.readFile('/proc/self/status', 'utf8')),
        ...Array.from({ length: 8 }, () => lookup('localhost')),
        ...Array.from({ length: 8 }, () => derive('secret', 'salt', 1000, 32, 'sha256')),
      ]);

      for (const writer of writers) writer.write('x');
      await until(() => heard === args.pairs, 'every reader to hear');
      await send({ before, after, mainWakes, cpuMs: (user + system) / 1000, heard });
      process.exit();
    },
    { dir: uniqueDirectory(t), pairs, idles: fallback === undefined || fallback === 'bells' },
    { env: { SMIPC_FALLBACK: fallback } },
  );
}

// Whatever the tests run under: a child with SMIPC_FALLBACK=waits has a thread for each channel, and
// one with SMIPC_FALLBACK=roles looks for deaths every few milliseconds. Those two cannot be idle.
for (const fallback of [undefined, 'bells']) {
  t.test(`500 pairs, fallback: ${fallback}`, async (t) => {
    const child = startIdler(t, 500, fallback);
    const { before, after, mainWakes, cpuMs, heard } = (await child.message()) as Report;
    t.strictSame(after, before, 'no waiter thread has run for a second');
    t.ok(Object.keys(after).length >= 1000 / 42);
    t.ok(Object.keys(after).length <= 28, `${Object.keys(after).length} waiter threads`);
    // Its own timer, and what Node does.
    t.ok(mainWakes < 20, `the main thread was woken ${mainWakes} times`);
    t.ok(cpuMs < 200, `${cpuMs} ms of processor time`);
    t.equal(heard, 500);
  });
}

t.test('50 pairs with the fallbacks: the pool is free, and every reader is woken', async (t) => {
  const child = startIdler(t, 50, 'roles,waits');
  const { after, heard } = (await child.message()) as Report;
  t.equal(Object.keys(after).length, 100, 'a thread for each channel');
  t.equal(heard, 50);
});
