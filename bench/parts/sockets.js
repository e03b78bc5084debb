/** Servers and clients: `smipc/net` against the same program over Node's Unix sockets. */
import { launch } from '../launch.js';
import { saveResults } from '../results.js';
import { runRounds } from '../rounds.js';
import { kSocketWorks, printSockets } from '../tables/sockets.js';

/** @typedef {import('../session.js').Session} Session */

const kCases = kSocketWorks.flatMap(({ work, pinned }) =>
  ['smipc', 'socket'].map((contender) => ({ contender, work, pinned })),
);
/** Until both processes are there, and have connected. */
const kStartMs = 700;

/**
 * A request goes through much code, both ours and Node's, that V8 compiles only after thousands of
 * them: what is measured is a server that has been up for some seconds.
 */
const kWarmUpTimes = 4;

/** @param {Session} session */
const timesOf = ({ times }) => ({ ...times, warmUpMs: kWarmUpTimes * times.warmUpMs });

/** @param {Session} session */
export async function plannedSeconds(session) {
  const { warmUpMs, measureMs } = timesOf(session);
  const cases = await session.feasible(kCases);
  return (session.rounds * cases.length * (kStartMs + warmUpMs + measureMs)) / 1000;
}

/** @param {Session} session */
export async function run(session) {
  const runs = await runRounds(session, {
    title: 'sockets',
    cases: await session.feasible(kCases),
    measure: ({ pinned, ...one }) =>
      launch(
        session.workplace,
        'sockets',
        { ...one, ...timesOf(session) },
        pinned ? ['taskset', '-c', '0'] : [],
      ),
  });
  const { isWhole, options } = session;
  printSockets(saveResults({ part: 'sockets', isWhole, options, runs }));
}
