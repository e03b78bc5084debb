/** How long a question and its answer take: both processes free, and both on one core. */
import { launch } from '../launch.js';
import { saveResults } from '../results.js';
import { runRounds } from '../rounds.js';
import { printRoundTrips } from '../tables/round-trip.js';
import { tripCases } from './plan.js';

/** @typedef {import('../session.js').Session} Session */

const kTimes = { warmUpMs: 150, measureMs: 300 };
const kOverheadSeconds = 0.2;
const kOnOneCore = ['taskset', '-c', '0'];

/** @param {Session} session */
export async function plannedSeconds(session) {
  const { length } = await session.feasible(tripCases(session.sizes));
  const { warmUpMs, measureMs } = kTimes;
  return session.rounds * length * ((warmUpMs + measureMs) / 1000 + kOverheadSeconds);
}

/** @param {Session} session */
export async function run(session) {
  const cases = await session.feasible(tripCases(session.sizes));
  const runs = await runRounds(session, {
    title: 'round trips',
    cases,
    measure: ({ pinned, ...task }) =>
      launch(session.workplace, 'round-trip', { ...task, ...kTimes }, pinned ? kOnOneCore : []),
  });
  const { isWhole, rounds } = session;
  printRoundTrips(
    saveResults({ part: 'round-trip', isWhole, options: { rounds, ...kTimes }, runs }),
  );
}
