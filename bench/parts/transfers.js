/** A number of bytes from the first one on: with everything that is slower at first. */
import { launch } from '../launch.js';
import { saveResults } from '../results.js';
import { runRounds } from '../rounds.js';
import { printTransfers } from '../tables/small.js';

/** @typedef {import('../session.js').Session} Session */

const kKiB = 1024;
const kMoved = { touch: false, populated: false };
const kTouched = { touch: true, populated: false };
/** As on a machine on which new memory costs little. */
const kPopulated = { touch: false, populated: true };

const kTransfers = [
  { size: 64, totalBytes: 64e6, ...kMoved },
  { size: 64, totalBytes: 64e6, ...kTouched },
  { size: kKiB, totalBytes: 512e6, ...kMoved },
  { size: 4 * kKiB, totalBytes: 1e9, ...kMoved },
  { size: 64 * kKiB, totalBytes: 4e9, ...kMoved },
  { size: 64 * kKiB, totalBytes: 4e9, ...kTouched },
  { size: 64 * kKiB, totalBytes: 4e9, ...kPopulated },
  { size: kKiB * kKiB, totalBytes: 4e9, ...kMoved },
];
const kCases = kTransfers.flatMap((transfer) =>
  ['smipc', 'socket'].map((contender) => ({ contender, ...transfer })),
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
