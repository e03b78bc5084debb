/** A number of bytes from the first one on: with everything that is slower at first. */
import { launch } from '../launch.js';
import { saveResults } from '../results.js';
import { runRounds } from '../rounds.js';
import { printTransfers } from '../tables/small.js';

/** @typedef {import('../session.js').Session} Session */

const kTransfers = [
  { size: 64 * 1024, totalBytes: 4e9 },
  { size: 64, totalBytes: 64e6 },
];
const kCases = kTransfers.flatMap((transfer) =>
  [false, true].flatMap((touch) =>
    ['smipc', 'socket'].map((contender) => ({ contender, touch, ...transfer })),
  ),
);

/** @param {Session} session */
export async function plannedSeconds(session) {
  return 2 * session.rounds * (await session.feasible(kCases)).length;
}

/** @param {Session} session */
export async function run(session) {
  const runs = await runRounds(session, {
    title: 'transfers',
    cases: await session.feasible(kCases),
    measure: (one) => launch(session.workplace, 'throughput', one),
  });
  const { isWhole, rounds } = session;
  printTransfers(saveResults({ part: 'transfers', isWhole, options: { rounds }, runs }));
}
