/** What processes have used, as the kernel counts it: the same for every contender. */
import { readFileSync } from 'node:fs';

/** The unit of /proc/<pid>/stat, the same on every architecture of Linux. */
const kTicksPerSecond = 100;

/** User and system time of all threads, also of those that have left. @param {number} pid */
function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in parentheses, the second field, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / kTicksPerSecond;
}

/** The most memory it ever had resident, shared pages included. @param {number} pid */
function peakBytes(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

/** @param {Iterable<number>} pids */
export function usageOf(pids) {
  const usage = { cpuSeconds: 0, peakBytes: 0 };
  for (const pid of new Set(pids)) {
    usage.cpuSeconds += cpuSeconds(pid);
    usage.peakBytes += peakBytes(pid);
  }
  return usage;
}

/**
 * Bytes that are these processes' alone: their heaps and stacks, and the kernel's page tables for them.
 * Files, and memory that is shared, are not counted.
 * @param {number[]} pids
 */
export function memoryOf(pids) {
  const memory = { anonymous: 0, pageTables: 0 };
  for (const pid of pids) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    memory.anonymous += 1024 * Number(/^Pss_Anon:\s+(\d+) kB/m.exec(rollup)?.[1]);
    memory.pageTables += 1024 * Number(/^VmPTE:\s+(\d+) kB/m.exec(status)?.[1]);
  }
  return memory;
}
