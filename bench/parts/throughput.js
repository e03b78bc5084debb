/** GB/s, writes/s, CPU time and memory by the size of the writes. */
import { launch } from '../launch.js';
import { saveResults } from '../results.js';
import { runRounds } from '../rounds.js';
import { printThroughput } from '../tables/throughput.js';
import { kAllSizes, kChosenSizes, kMainContenders, kOtherContenders } from './plan.js';

/** @typedef {import('../session.js').Session} Session */

/** Start-up and end of the two processes. */
const kOverheadSeconds = 0.25;

/**
 * Against the native limit, which neither fills nor compares: these do not either.
 */
const kLimitSize = 64 * 1024;
const kLimitContenders = [
  'native-warm',
  'native-rotating',
  'smipc',
  'smipc-onread',
  'smipc-peek',
  'smipc-peek-sync',
  'smipc-sync',
];

/** @param {Session} session */
function plan({ sizes, touch }) {
  const pairs = sizes
    ? sizes.flatMap((size) => [...kMainContenders, ...kOtherContenders].map((c) => [c, size]))
    : kAllSizes.flatMap((size) => {
        const others = kChosenSizes.includes(size) ? kOtherContenders : [];
        return [...kMainContenders, ...others].map((c) => [c, size]);
      });
  const cases = pairs.map(([contender, size]) => ({ contender, size, touch }));
  const limit = kLimitContenders.map((contender) => ({
    contender,
    size: kLimitSize,
    touch: false,
  }));
  return /** @type {{ contender: string, size: number, touch: boolean }[]} */ ([
    ...cases,
    ...(sizes === undefined || sizes.includes(kLimitSize) ? limit : []),
  ]);
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
