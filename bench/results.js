/** What the parts have measured, in `results/`: one JSON file each. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describeMachine } from './machine.js';

/**
 * @typedef {object} Results
 * @property {string} part
 * @property {ReturnType<typeof describeMachine>} machine
 * @property {object} options
 * @property {any[]} runs every run, as it was measured
 */

const kDirectory = new URL('results/', import.meta.url);

/** A run of chosen sizes or contenders must not replace a whole one. @param {string} part @param {boolean} isWhole */
const fileOf = (part, isWhole) => new URL(`${part}${isWhole ? '' : '.partial'}.json`, kDirectory);

/** @param {{ part: string, isWhole: boolean, options: object, runs: any[] }} measured @returns {Results} */
export function saveResults({ part, isWhole, options, runs }) {
  const results = { part, machine: describeMachine(), options, runs };
  const lines = runs.map((run) => `    ${JSON.stringify(run)}`).join(',\n');
  const head = JSON.stringify({ ...results, runs: undefined }, null, 2).slice(0, -2);
  mkdirSync(kDirectory, { recursive: true });
  // One line a run, so that a change of the file can be read.
  writeFileSync(fileOf(part, isWhole), `${head},\n  "runs": [\n${lines}\n  ]\n}\n`);
  return results;
}

/** The newest whole results of a part; undefined: none. @param {string} part @returns {Results | undefined} */
export function loadResults(part) {
  const file = fileOf(part, true);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
