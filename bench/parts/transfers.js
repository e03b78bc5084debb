/** A number of bytes from the first one on: with everything that is slower at first. */
import { launch } from '../launch.js';
import { saveResults } from '../results.js';
import { runRounds } from '../rounds.js';
import { printTransfers } from '../tables/small.js';

/** @typedef {import('../session.js').Session} Session */

const kKiB = 1024;
const kBoth = ['smipc', 'socket'];
const kAll = ['smipc', 'socket', 'smipc-reuse'];

/** @typedef {{ size: number, totalBytes: number, contenders: string[], touch: boolean, populated: boolean }} Plan */

const kMoved = { touch: false, populated: false };
const kTouched = { touch: true, populated: false };
/** As on a machine on which new memory costs little. */
const kPopulated = { touch: false, populated: true };

/** @type {Plan[]} */
const kPlan = [
  { size: 64, totalBytes: 64e6, contenders: kBoth, ...kMoved },
  { size: 64, totalBytes: 64e6, contenders: kBoth, ...kTouched },
  { size: kKiB, totalBytes: 512e6, contenders: kBoth, ...kMoved },
  { size: 4 * kKiB, totalBytes: 1e9, contenders: kBoth, ...kMoved },
  { size: 64 * kKiB, totalBytes: 4e9, contenders: kAll, ...kMoved },
  { size: 64 * kKiB, totalBytes: 4e9, contenders: kBoth, ...kTouched },
  { size: 64 * kKiB, totalBytes: 4e9, contenders: kBoth, ...kPopulated },
  { size: kKiB * kKiB, totalBytes: 4e9, contenders: kAll, ...kMoved },
];
const kCases = kPlan.flatMap(({ contenders, ...transfer }) =>
  contenders.map((contender) => ({ contender, ...transfer })),
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
