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

/** @param {Session} session */
export async function plannedSeconds(session) {
  const { warmUpMs, measureMs } = session.times;
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
        { ...one, ...session.times },
        pinned ? ['taskset', '-c', '0'] : [],
      ),
  });
  const { isWhole, options } = session;
  printSockets(saveResults({ part: 'sockets', isWhole, options, runs }));
}
