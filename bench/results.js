/** What the parts have measured, in `results/`: a folder for each processor, in it a JSON file for each part. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describeMachine } from './machine.js';

/**
 * @typedef {object} Results
 * @property {string} part
 * @property {ReturnType<typeof describeMachine>} machine
 * @property {object} options
 * @property {any[]} runs every run, as it was measured
 */

/** @typedef {{ processor: string, date: string, load: (part: string) => Results | undefined }} Measured */

const kDirectory = new URL('results/', import.meta.url);

/** "Intel Xeon" is in results/intel-xeon/. @param {string} processor */
function folderOf(processor) {
  const name = processor.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return new URL(`${name}/`, kDirectory);
}

/** @param {{ part: string, isWhole: boolean, options: object, runs: any[] }} measured @returns {Results} */
export function saveResults({ part, isWhole, options, runs }) {
  const results = { part, machine: describeMachine(), options, runs };
  const lines = runs.map((run) => `    ${JSON.stringify(run)}`).join(',\n');
  const head = JSON.stringify({ ...results, runs: undefined }, null, 2).slice(0, -2);
  const folder = folderOf(results.machine.processor);
  mkdirSync(folder, { recursive: true });
  // A run of chosen sizes or contenders must not replace a whole one.
  const file = new URL(`${part}${isWhole ? '' : '.partial'}.json`, folder);
  // One line a run, so that a change of the file can be read.
  writeFileSync(file, `${head},\n  "runs": [\n${lines}\n  ]\n}\n`);
  return results;
}

/**
 * The whole results, by processor. First the one of which most parts were measured; of two, the one whose
 * oldest part is newer, so that one part measured again does not replace all of the other's.
 *
 * @returns {Measured[]}
 */
export function allResults() {
  if (!existsSync(kDirectory)) return [];
  return readdirSync(kDirectory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => resultsIn(new URL(`${name}/`, kDirectory)))
    .filter((all) => all.length > 0)
    .sort((a, b) => b.length - a.length || (oldestDate(a) < oldestDate(b) ? 1 : -1))
    .map((all) => ({
      processor: all[0]?.machine.processor ?? '',
      date: oldestDate(all),
      load: (part) => all.find((results) => results.part === part),
    }));
}

/** @param {URL} folder @returns {Results[]} */
function resultsIn(folder) {
  const files = readdirSync(folder).filter((name) => /^[^.]+\.json$/.test(name));
  return files.map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
}

/** @param {Results[]} all */
const oldestDate = (all) => all.map(({ machine }) => machine.date).sort()[0] ?? '';
