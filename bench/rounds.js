/** Contenders in turn within each round: what disturbs the machine for a while disturbs them all. */
import { contenderOf } from './contenders/index.js';
import { Progress } from './progress.js';

/**
 * @typedef {object & { contender: string, size?: number }} Case one thing to measure, once in each round
 */

/**
 * @template {Case} C
 * @param {import('./session.js').Session} session
 * @param {{ title: string, cases: C[], rounds?: number, measure: (one: C) => Promise<object> }} work
 */
export async function runRounds(session, { title, cases, rounds = session.rounds, measure }) {
  const runs = [];
  const progress = new Progress(title, rounds * cases.length);
  for (let round = 0; round < rounds; round++) {
    for (const one of cases) {
      progress.begin(`${contenderOf(one.contender).label}, ${JSON.stringify(one)}`);
      try {
        runs.push({ round, ...one, ...(await measure(one)) });
      } catch (error) {
        progress.clear();
        session.fail(`${title}, ${JSON.stringify(one)}: ${/** @type {Error} */ (error).message}`);
      }
      progress.finish();
    }
  }
  progress.clear();
  return runs;
}
