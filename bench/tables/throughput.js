import { median, ratioOf, spreadOf } from '../statistics.js';
import { short, sizeText, spreadText } from './format.js';
import {
  contendersOf,
  cpuPerGigabyte,
  gigabytesPerSecond,
  labelOf,
  select,
  valuesOf,
  writesPerSecond,
} from './selection.js';
import { printTables } from './table.js';

/** @typedef {import('./table.js').Table} Table */

const kBaseline = 'smipc';
const kLimit = 'native-rotating';

/**
 * A row for each contender, a column for each size.
 * @param {string} title @param {any[]} runs
 * @param {(runs: any[], size: number) => string} cell
 * @returns {Table}
 */
function bySize(title, runs, cell) {
  const sizes = valuesOf(runs, 'size');
  const rows = contendersOf(runs).map((contender) => [
    labelOf(contender),
    ...sizes.map((size) => {
      const selected = select(runs, { contender, size });
      return selected.length === 0 ? '' : cell(selected, size);
    }),
  ]);
  return { title, head: ['', ...sizes.map(sizeText)], rows };
}

/** @param {import('../results.js').Results} results @returns {Table[]} */
export function throughputTables({ runs }) {
  const full = select(runs, { touch: true });
  const plain = select(runs, { touch: false });
  const of = (/** @type {(run: any) => number} */ value) => (/** @type {any[]} */ some) =>
    short(median(some.map(value)));
  const ratio = (/** @type {any[]} */ others, /** @type {number} */ size) =>
    spreadText(ratioOf(select(full, { contender: kBaseline, size }), others, gigabytesPerSecond));
  const others = full.filter(({ contender }) => contender !== kBaseline);
  return [
    bySize('Throughput in GB/s', full, of(gigabytesPerSecond)),
    bySize('Writes a second', full, of(writesPerSecond)),
    bySize('How many times as fast smipc’s streams are: median [min..max]', others, ratio),
    bySize('CPU seconds per GB, both processes', full, of(cpuPerGigabyte)),
    bySize(
      'Peak memory of both processes in MB',
      full,
      of((run) => run.peakBytes / 1e6),
    ),
    limitTable(plain),
  ];
}

/** @param {any[]} runs @returns {Table} */
function limitTable(runs) {
  const rows = contendersOf(runs).map((contender) => {
    const selected = select(runs, { contender });
    const share = (/** @type {string} */ limit) =>
      spreadText(ratioOf(selected, select(runs, { contender: limit }), gigabytesPerSecond));
    const speed = spreadText(spreadOf(selected.map(gigabytesPerSecond)));
    return [labelOf(contender), speed, share('native-warm'), share(kLimit)];
  });
  const head = ['64 KiB writes, only copied', 'GB/s', 'share of warm', 'share of rotating'];
  return { title: 'Against the native limit', head, rows };
}

/** @param {import('../results.js').Results} results */
export function printThroughput(results) {
  printTables(throughputTables(results));
}
