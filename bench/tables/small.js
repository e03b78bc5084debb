/** Tables of the parts that have only one. */
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
/** @typedef {import('../results.js').Results} Results */

/** @param {Results} results @returns {Table[]} */
export function objectsTables({ runs }) {
  const sized = runs.map((run) => ({ size: 1024, ...run }));
  const ours = select(sized, { contender: 'smipc-objects' });
  const rows = contendersOf(sized).map((contender) => {
    const selected = select(sized, { contender });
    const speed = spreadText(spreadOf(selected.map(writesPerSecond)));
    return [labelOf(contender), speed, spreadText(ratioOf(ours, selected, writesPerSecond))];
  });
  return [{ title: 'Objects of a kilobyte', head: ['', 'a second', 'smipc ÷ this'], rows }];
}

/** @param {Results} results @returns {Table[]} */
export function transfersTables({ runs }) {
  const kinds = [
    { kind: { touch: false, populated: false }, text: 'only moved' },
    { kind: { touch: false, populated: true }, text: 'only moved, memory touched before' },
    { kind: { touch: true, populated: false }, text: 'made and compared' },
  ];
  const all = runs.map((run) => ({ populated: false, ...run }));
  const rows = valuesOf(all, 'size').flatMap((size) =>
    kinds.flatMap(({ kind, text }) => {
      const [ours = [], reused = [], theirs = []] = ['smipc', 'smipc-reuse', 'socket'].map(
        (contender) => select(all, { contender, size, ...kind }),
      );
      const total = ours[0]?.totalBytes;
      if (total === undefined) return [];
      const amount = total >= 1e9 ? `${total / 1e9} GB` : `${total / 1e6} MB`;
      const speed = (/** @type {any[]} */ some) =>
        some.length === 0 ? '' : spreadText(spreadOf(some.map(gigabytesPerSecond)));
      return [
        [
          `${amount} in writes of ${sizeText(size)}, ${text}`,
          ...[ours, reused, theirs].map(speed),
          spreadText(ratioOf(ours, theirs, gigabytesPerSecond)),
        ],
      ];
    }),
  );
  const names = ['smipc', 'smipc-reuse', 'socket'].map((name) => `${labelOf(name)}: GB/s`);
  return [{ title: 'From the first byte on', head: ['', ...names, 'streams ÷ socket'], rows }];
}

/** @param {Results} results @returns {Table[]} */
export function channelsTables({ runs }) {
  const rows = contendersOf(runs).flatMap((contender) =>
    valuesOf(runs, 'channels').map((channels) => {
      const selected = select(runs, { contender, channels });
      const one = select(runs, { contender, channels: 1 });
      return [
        labelOf(contender),
        String(channels),
        spreadText(spreadOf(selected.map(gigabytesPerSecond))),
        spreadText(ratioOf(selected, one, gigabytesPerSecond)),
        short(median(selected.map(cpuPerGigabyte))),
        short(median(selected.map(({ peakBytes }) => peakBytes / 1e6))),
      ];
    }),
  );
  const head = ['', 'at once', 'GB/s, all together', 'of one alone', 'CPU s/GB', 'peak MB'];
  return [{ title: 'Channels at once, 16 KiB writes', head, rows }];
}

/** @param {Results} results @returns {Table[]} */
export function systemCallsTables({ runs }) {
  const sizes = valuesOf(runs, 'size');
  const rows = contendersOf(runs).map((contender) => [
    labelOf(contender),
    ...sizes.map((size) => {
      const [run] = select(runs, { contender, size });
      return run === undefined ? '' : short(Math.max(0, run.calls / (run.bytes / 1e6)));
    }),
  ]);
  return [{ title: 'System calls per MB', head: ['', ...sizes.map(sizeText)], rows }];
}

/** @param {Results} results @returns {Table[]} */
export function costsTables({ runs }) {
  const rows = runs.map(({ what, values, unit }) => [what, spreadText(spreadOf(values)), unit]);
  return [{ title: 'What it costs to have', head: ['', 'median [min..max]', 'unit'], rows }];
}

/** @param {Results} results @returns {Table[]} */
export function killTables({ runs }) {
  const rows = valuesOf(runs, 'victim').map((victim) => {
    const millis = select(runs, { victim }).map((run) => run.millis);
    return [`${victim} killed`, spreadText(spreadOf(millis)), String(millis.length)];
  });
  const head = ['', 'ms, median [min..max]', 'kills'];
  return [{ title: 'From SIGKILL to the survivor’s event', head, rows }];
}

/** @param {Results} results */
export const printObjects = (results) => printTables(objectsTables(results));
/** @param {Results} results */
export const printTransfers = (results) => printTables(transfersTables(results));
/** @param {Results} results */
export const printChannels = (results) => printTables(channelsTables(results));
/** @param {Results} results */
export const printSystemCalls = (results) => printTables(systemCallsTables(results));
/** @param {Results} results */
export const printCosts = (results) => printTables(costsTables(results));
/** @param {Results} results */
export const printKills = (results) => printTables(killTables(results));
