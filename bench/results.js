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

/** @typedef {{ processor: string, load: (part: string) => Results | undefined }} Measured */

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

/** The whole results, by processor; first the one that was measured last. @returns {Measured[]} */
export function allResults() {
  if (!existsSync(kDirectory)) return [];
  const folders = readdirSync(kDirectory).map((name) => resultsIn(new URL(`${name}/`, kDirectory)));
  return folders
    .filter((parts) => parts.size > 0)
    .sort((a, b) => (newestDate(a) < newestDate(b) ? 1 : -1))
    .map((parts) => {
      const [{ machine }] = /** @type {[Results]} */ ([...parts.values()]);
      return { processor: machine.processor, load: (part) => parts.get(part) };
    });
}

/** @param {URL} folder */
function resultsIn(folder) {
  const files = readdirSync(folder).filter((name) => !name.endsWith('.partial.json'));
  const all = files.map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
  return new Map(all.map((/** @type {Results} */ results) => [results.part, results]));
}

/** @param {Map<string, Results>} parts */
const newestDate = (parts) =>
  [...parts.values()]
    .map(({ machine }) => machine.date)
    .sort()
    .at(-1) ?? '';
