/** Objects of a kilobyte, as each serializes them by itself, and by other serializers. */
import { kObjectBytes } from '../content/objects.js';
import { launch } from '../launch.js';
import { saveResults } from '../results.js';
import { runRounds } from '../rounds.js';
import { printObjects } from '../tables/small.js';

/** @typedef {import('../session.js').Session} Session */

const kContenders = [
  'smipc-objects',
  'ipc',
  'smipc-objects-v8',
  'smipc-objects-msgpackr',
  'port-copy',
];
const kCases = kContenders.map((contender) => ({ contender }));

/** @param {Session} session */
export async function plannedSeconds(session) {
  return 1.2 * session.rounds * (await session.feasible(kCases)).length;
}

/** @param {Session} session */
export async function run(session) {
  const task = { size: kObjectBytes, objects: true, ...session.times };
  const runs = await runRounds(session, {
    title: 'objects',
    cases: await session.feasible(kCases),
    measure: (one) => launch(session.workplace, 'throughput', { ...one, ...task }),
  });
  const { isWhole, options } = session;
  printObjects(saveResults({ part: 'objects', isWhole, options, runs }));
}
