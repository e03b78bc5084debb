import { kPercentiles } from '../process/percentiles.js';
import { median, ratioOf } from '../statistics.js';
import { short, sizeText, spreadText } from './format.js';
import { contendersOf, labelOf, select, valuesOf } from './selection.js';
import { printTables } from './table.js';

/** @typedef {import('./table.js').Table} Table */

const kBaseline = 'smipc';

/** @param {number} percentile @returns {(run: { percentiles: number[] }) => number} */
export function percentileOf(percentile) {
  const index = kPercentiles.indexOf(percentile);
  return ({ percentiles }) => percentiles[index] ?? Number.NaN;
}

/** @param {any[]} runs @param {string} title @returns {Table} */
function tripTable(runs, title) {
  const baseline = select(runs, { contender: kBaseline });
  const rows = contendersOf(runs).map((contender) => {
    const selected = select(runs, { contender });
    const middle = (/** @type {number} */ percentile) =>
      short(median(selected.map(percentileOf(percentile))));
    const ratio = ratioOf(selected, baseline, percentileOf(50));
    return [labelOf(contender), middle(50), middle(99), middle(99.9), spreadText(ratio)];
  });
  const head = ['µs', 'p50', 'p99', 'p99.9', 'p50 ÷ p50 of smipc’s streams'];
  return { title, head, rows };
}

/** @param {import('../results.js').Results} results @returns {Table[]} */
export function roundTripTables({ runs }) {
  return [false, true].flatMap((pinned) =>
    valuesOf(select(runs, { pinned }), 'size').map((size) => {
      const where = pinned ? 'both processes on one core' : 'processes free';
      return tripTable(select(runs, { pinned, size }), `Round trip of ${sizeText(size)}, ${where}`);
    }),
  );
}

/** @param {import('../results.js').Results} results */
export function printRoundTrips(results) {
  printTables(roundTripTables(results));
}
