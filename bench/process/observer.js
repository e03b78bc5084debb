/**
 * What other processes do while nobody asks anything of them: `node observer.js <ms> <pid>…`. A process
 * of its own, because whoever reads such figures works meanwhile. Prints an `Activity` as JSON.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** @typedef {{ cpuMs: number, switches: number }} Activity CPU time, and how often threads were taken off their processors */

const [ms, ...pids] = process.argv.slice(2);

/** Since they were started, thread by thread. @returns {Map<string, Activity>} */
function activities() {
  const found = new Map();
  for (const pid of pids) {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const activity = activityOf(`/proc/${pid}/task/${thread}`);
      if (activity !== undefined) found.set(thread, activity);
    }
  }
  return found;
}

/** @param {string} directory @returns {Activity | undefined} undefined: the thread has just ended */
function activityOf(directory) {
  try {
    // In nanoseconds, where /proc/<pid>/stat counts ticks.
    const [nanoseconds] = readFileSync(`${directory}/schedstat`, 'latin1').split(' ');
    const status = readFileSync(`${directory}/status`, 'latin1');
    const counts = [...status.matchAll(/ctxt_switches:\s+(\d+)/g)].map(([, count]) =>
      Number(count),
    );
    return {
      cpuMs: Number(nanoseconds) / 1e6,
      switches: counts.reduce((sum, count) => sum + count, 0),
    };
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

const before = activities();
await delay(Number(ms));
const total = { cpuMs: 0, switches: 0 };
for (const [thread, { cpuMs, switches }] of activities()) {
  total.cpuMs += cpuMs - (before.get(thread)?.cpuMs ?? 0);
  total.switches += switches - (before.get(thread)?.switches ?? 0);
}
console.log(JSON.stringify(total));
