/** How the throughput of all together changes with the number of channels. */
import { launch } from '../launch.js';
import { saveResults } from '../results.js';
import { runRounds } from '../rounds.js';
import { printChannels } from '../tables/small.js';

/** @typedef {import('../session.js').Session} Session */

const kCounts = [1, 10, 100, 1000];
/** A thousand of these rings fit in memory; a socket may hold about as much. */
const kTask = { size: 16 * 1024, capacity: 256 * 1024 };
const kCases = kCounts.flatMap((channels) =>
  ['smipc', 'socket'].map((contender) => ({ contender, channels, ...kTask })),
);

/** @param {Session} session */
export async function plannedSeconds(session) {
  return 1.4 * session.rounds * (await session.feasible(kCases)).length;
}

/** @param {Session} session */
export async function run(session) {
  const runs = await runRounds(session, {
    title: 'channels at once',
    cases: await session.feasible(kCases),
    measure: (one) => launch(session.workplace, 'channels', { ...one, ...session.times }),
  });
  const { isWhole, options } = session;
  printChannels(saveResults({ part: 'channels', isWhole, options, runs }));
}
