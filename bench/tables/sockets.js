/** What was measured of servers and clients, and what was aimed at. */
import { ratioOf, spreadOf } from '../statistics.js';
import { spreadText } from './format.js';
import { select } from './selection.js';
import { printTables } from './table.js';

/** @typedef {import('./table.js').Table} Table */
/** @typedef {import('../results.js').Results} Results */

/**
 * `work`: of `process/sockets.js`. `pinned`: both processes on one processor. `goal`: how many times as
 * fast as a Unix socket, or how little of it. A time or a size is better if it is smaller.
 * @typedef {{ work: string, pinned: boolean, unit: string, isLess?: boolean, goal?: string, scale?: number }} SocketWork
 */

/** @type {SocketWork[]} */
export const kSocketWorks = [
  { work: 'connections', pinned: false, unit: 'a second', goal: '≥ 2' },
  { work: 'first connection', pinned: false, unit: 'µs', isLess: true, goal: '≥ 0.5' },
  { work: 'idle memory', pinned: false, unit: 'KiB', isLess: true, scale: 1 / 1024 },
  { work: '1,000 × 16 KiB', pinned: false, unit: 'GB/s', goal: '≥ 1.5', scale: 1e-9 },
  { work: '100 × 16 KiB', pinned: false, unit: 'GB/s', goal: '≥ 2', scale: 1e-9 },
  { work: '64 KiB', pinned: false, unit: 'GB/s', scale: 1e-9 },
  { work: '64 KiB, rings of 1 MiB', pinned: false, unit: 'GB/s', scale: 1e-9 },
  { work: 'round trip, data', pinned: false, unit: 'µs', isLess: true, goal: '≥ 15' },
  { work: 'round trip, for await', pinned: false, unit: 'µs', isLess: true, goal: '≥ 7' },
  { work: 'round trip, object', pinned: false, unit: 'µs', isLess: true, goal: '≥ 3' },
  { work: 'round trip, data', pinned: true, unit: 'µs', isLess: true, goal: '≥ 1' },
  { work: 'http, 1', pinned: false, unit: 'a second', goal: '≥ 1.25' },
  { work: 'http, 50', pinned: false, unit: 'a second', goal: '≥ 1.25' },
  { work: 'ws, 1', pinned: false, unit: 'a second', goal: '≥ 1.5' },
  { work: 'ws, 50', pinned: false, unit: 'a second', goal: '≥ 1.1' },
  { work: 'http2, 1', pinned: false, unit: 'a second', goal: '≥ 0.9' },
  { work: 'http2, 20', pinned: false, unit: 'a second', goal: '≥ 1' },
];

/** @param {Results} results @returns {Table[]} */
export function socketsTables({ runs }) {
  const rows = kSocketWorks.flatMap(({ work, pinned, unit, isLess, goal, scale = 1 }) => {
    const [ours = [], theirs = []] = ['smipc', 'socket'].map((contender) =>
      select(runs, { contender, work, pinned }),
    );
    if (ours.length === 0 || theirs.length === 0) return [];
    const value = (/** @type {any} */ run) => run.value * scale;
    const text = (/** @type {any[]} */ some) => spreadText(spreadOf(some.map(value)));
    const ratio = isLess ? ratioOf(theirs, ours, value) : ratioOf(ours, theirs, value);
    const label = `${work}${pinned ? ', one processor' : ''}, ${unit}`;
    return [[label, text(ours), text(theirs), spreadText(ratio), goal ?? '']];
  });
  const head = ['', 'smipc/net', 'Unix socket', 'how much better', 'goal'];
  return [{ title: 'Servers and clients', head, rows }];
}

/** @param {Results} results */
export const printSockets = (results) => printTables(socketsTables(results));
