/**
 * What other processes do while nobody asks anything of them: `node observer.js <ms> <pid>…`. A process
 * of its own, because whoever reads such figures works meanwhile. Prints an `Activity` as JSON.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** @typedef {{ cpuMs: number, switches: number }} Activity CPU time, and how often a thread was put on a processor or taken off it */

const [ms, ...pids] = process.argv.slice(2);

/** @returns {Activity} since they were started, of the threads that they have now */
function activity() {
  const total = { cpuMs: 0, switches: 0 };
  for (const pid of pids) {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const directory = `/proc/${pid}/task/${thread}`;
      // In nanoseconds, where /proc/<pid>/stat counts ticks.
      const [nanoseconds] = readFileSync(`${directory}/schedstat`, 'latin1').split(' ');
      total.cpuMs += Number(nanoseconds) / 1e6;
      const status = readFileSync(`${directory}/status`, 'latin1');
      for (const [, count] of status.matchAll(/ctxt_switches:\s+(\d+)/g)) {
        total.switches += Number(count);
      }
    }
  }
  return total;
}

const before = activity();
await delay(Number(ms));
const after = activity();
console.log(
  JSON.stringify({
    cpuMs: after.cpuMs - before.cpuMs,
    switches: after.switches - before.switches,
  }),
);
