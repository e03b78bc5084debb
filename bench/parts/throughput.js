/** GB/s, writes/s, CPU time and memory by the size of the writes. */
import { launch } from '../launch.js';
import { saveResults } from '../results.js';
import { runRounds } from '../rounds.js';
import { printThroughput } from '../tables/throughput.js';
import { kLimit, throughputCases } from './plan.js';

/** @typedef {import('../session.js').Session} Session */

/** Start-up and end of the two processes. */
const kOverheadSeconds = 0.3;

/** @param {Session} session */
function plan({ sizes, touch }) {
  const limit = sizes === undefined || sizes.includes(kLimit.size) ? kLimit.contenders : [];
  return [
    ...throughputCases(sizes).map((one) => ({ ...one, touch })),
    ...limit.map((contender) => ({ contender, size: kLimit.size, touch: false })),
  ];
}

/** @param {Session} session */
export async function plannedSeconds(session) {
  const { warmUpMs, measureMs } = session.times;
  const cases = await session.feasible(plan(session));
  return session.rounds * cases.length * ((warmUpMs + measureMs) / 1000 + kOverheadSeconds);
}

/** @param {Session} session */
export async function run(session) {
  const cases = await session.feasible(plan(session));
  const runs = await runRounds(session, {
    title: 'throughput',
    cases,
    measure: (one) => launch(session.workplace, 'throughput', { ...one, ...session.times }),
  });
  const { isWhole, options } = session;
  printThroughput(saveResults({ part: 'throughput', isWhole, options, runs }));
}
