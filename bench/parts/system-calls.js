/** System calls a megabyte, of both processes, as strace counts them. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { launch } from '../launch.js';
import { saveResults } from '../results.js';
import { runRounds } from '../rounds.js';
import { printSystemCalls } from '../tables/small.js';
import { tracedCases } from './plan.js';

/** @typedef {import('../session.js').Session} Session */

/** Two windows: what start-up and warm-up call is in both, and is taken away. */
const kShortMs = 100;
const kLongMs = 600;

function isMissing() {
  return spawnSync('strace', ['-V']).error !== undefined;
}

/** @param {Session} session */
export async function plannedSeconds(session) {
  return isMissing() ? 0 : 2.2 * (await session.feasible(tracedCases(session.sizes))).length;
}

/** @param {Session} session @param {{ contender: string, size: number }} one @param {number} measureMs */
async function count(session, one, measureMs) {
  // Not in the directory that is swept after each run.
  const file = `${session.workplace.directory}.strace`;
  const prefix = ['strace', '-f', '-c', '-q', '-U', 'calls,name', '-o', file];
  const task = { ...one, warmUpMs: 200, measureMs };
  const { totalBytes } = await launch(session.workplace, 'throughput', task, prefix);
  const summary = readFileSync(file, 'utf8');
  rmSync(file);
  const calls = Number(/^\s*(\d+)\s+total$/m.exec(summary)?.[1]);
  return { totalBytes, calls };
}

/** @param {Session} session */
export async function run(session) {
  if (isMissing()) {
    console.log('system calls: not counted, because there is no strace (Debian: strace)');
    return;
  }
  const runs = await runRounds(session, {
    title: 'system calls',
    cases: await session.feasible(tracedCases(session.sizes)),
    rounds: 1,
    measure: async (one) => {
      const short = await count(session, one, kShortMs);
      const long = await count(session, one, kLongMs);
      const bytes = long.totalBytes - short.totalBytes;
      return { bytes, calls: long.calls - short.calls };
    },
  });
  const { isWhole } = session;
  printSystemCalls(saveResults({ part: 'system-calls', isWhole, options: {}, runs }));
}
