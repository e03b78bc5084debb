/** What the results should be: each goal, what was measured, and whether it is met. */
import { isOurs } from '../contenders/index.js';
import { ratioOf, spreadOf } from '../statistics.js';
import { short, sizeText, spreadText } from './format.js';
import { percentileOf } from './round-trip.js';
import {
  cpuPerGigabyte,
  gigabytesPerSecond,
  labelOf,
  select,
  valuesOf,
  writesPerSecond,
} from './selection.js';

/** @typedef {import('../statistics.js').Spread} Spread */
/** @typedef {import('../results.js').Measured} Measured */

/**
 * @typedef {object} Goal
 * @property {string} text
 * @property {number} [least]
 * @property {number} [most]
 * @property {(runs: any[]) => (Spread & { note?: string }) | undefined} measured
 */

const kKiB = 1024;

/** @param {string} ours @param {string} theirs @param {number} size @param {boolean} touch */
const speedup = (ours, theirs, size, touch) => (/** @type {any[]} */ runs) =>
  ratioOf(
    select(runs, { contender: ours, size, touch }),
    select(runs, { contender: theirs, size, touch }),
    gigabytesPerSecond,
  );

/** How many times as fast our median round trip is. @param {number} size @param {boolean} pinned */
const quicker = (size, pinned) => (/** @type {any[]} */ runs) =>
  ratioOf(
    select(runs, { contender: 'socket', size, pinned }),
    select(runs, { contender: 'smipc', size, pinned }),
    percentileOf(50),
  );

/**
 * The contender and size where we are ahead least, or behind.
 * @param {any[]} runs @param {(contender: string, size: number) => Spread | undefined} ratio
 */
function worst(runs, ratio) {
  const others = valuesOf(runs, 'contender').filter(
    (name) => !isOurs(name) && !name.startsWith('native'),
  );
  const all = others.flatMap((contender) =>
    valuesOf(select(runs, { contender }), 'size').flatMap((size) => {
      const spread = ratio(contender, size);
      return spread ? [{ ...spread, note: `${labelOf(contender)}, ${sizeText(size)}` }] : [];
    }),
  );
  return all.sort((a, b) => a.median - b.median)[0];
}

/** @param {string} key @returns {(runs: any[]) => Spread | undefined} */
const cost = (key) => (runs) => {
  const [found] = select(runs, { key });
  return found === undefined ? undefined : spreadOf(found.values);
};

/** @type {Record<string, Goal[]>} */
const goals = {
  throughput: [
    ...[
      { size: 64 * kKiB, least: 3 },
      { size: 1024 * kKiB, least: 3 },
      { size: 4 * kKiB, least: 4.5 },
      { size: kKiB, least: 7 },
      { size: 64, least: 10 },
    ].map(({ size, least }) => ({
      text: `streams ÷ Unix socket, writes of ${sizeText(size)}`,
      least,
      measured: speedup('smipc', 'socket', size, true),
    })),
    {
      text: 'streams ÷ native limit (rotating), 64 KiB, only copied',
      least: 0.85,
      measured: speedup('smipc', 'native-rotating', 64 * kKiB, false),
    },
    {
      text: 'smipc, reuse ÷ Unix socket, writes of 64 KiB',
      least: 4.5,
      measured: speedup('smipc-reuse', 'socket', 64 * kKiB, true),
    },
    ...['smipc-onread', 'smipc-peek'].map((contender) => ({
      text: `${labelOf(contender)} ÷ native limit (warm), 64 KiB, only copied`,
      least: 0.8,
      measured: speedup(contender, 'native-warm', 64 * kKiB, false),
    })),
    {
      text: 'streams ÷ every other contender at every size: the worst',
      least: 1,
      measured: (runs) =>
        worst(select(runs, { touch: true }), (contender, size) =>
          speedup('smipc', contender, size, true)(runs),
        ),
    },
    {
      text: 'CPU time per GB, streams ÷ Unix socket, 64 KiB',
      most: 0.5,
      measured: (runs) => {
        const fields = { size: 64 * kKiB, touch: true };
        const ours = select(runs, { contender: 'smipc', ...fields });
        return ratioOf(ours, select(runs, { contender: 'socket', ...fields }), cpuPerGigabyte);
      },
    },
  ],
  transfers: [
    { text: 'the first 4 GB, 1 MiB', size: kKiB * kKiB, least: 2.75 },
    { text: 'the first 4 GB, 64 KiB', size: 64 * kKiB, least: 2.5 },
    { text: 'the first 1 GB, 4 KiB', size: 4 * kKiB, least: 4 },
    { text: 'the first 512 MB, 1 KiB', size: kKiB, least: 5.5 },
    { text: 'the first 64 MB, 64 B', size: 64, least: 12 },
  ].map(({ text, size, least }) => ({
    text: `streams ÷ Unix socket, ${text}, only moved`,
    least,
    measured: (runs) =>
      speedup('smipc', 'socket', size, false)(runs.filter((run) => run.populated !== true)),
  })),
  'round-trip': [
    {
      text: '64 B round trip, free: Unix socket ÷ streams',
      least: 40,
      measured: quicker(64, false),
    },
    {
      text: '64 B round trip, one core: Unix socket ÷ streams',
      least: 1,
      measured: quicker(64, true),
    },
    {
      text: 'round trip, free, every other contender ÷ streams: the worst',
      least: 1,
      measured: (runs) =>
        worst(runs, (contender, size) => {
          const fields = { size, pinned: false };
          const ours = select(runs, { contender: 'smipc', ...fields });
          return ratioOf(select(runs, { contender, ...fields }), ours, percentileOf(50));
        }),
    },
  ],
  objects: ['smipc-objects', 'smipc-objects-v8'].map((contender) => ({
    text: `objects of 1 KB, ${labelOf(contender)} ÷ child_process IPC`,
    least: 3,
    measured: (runs) => {
      const sized = runs.map((run) => ({ size: kKiB, ...run }));
      const ours = select(sized, { contender });
      return ratioOf(ours, select(sized, { contender: 'ipc' }), writesPerSecond);
    },
  })),
  channels: [
    {
      text: '100 busy channels ÷ one, all together',
      least: 0.8,
      measured: (runs) => {
        const of = (/** @type {number} */ channels) =>
          select(runs, { contender: 'smipc', channels });
        return ratioOf(of(100), of(1), gigabytesPerSecond);
      },
    },
  ],
  costs: [
    { text: '1,000 idle channels: CPU time in ms', most: 0, measured: cost('smipc-idle-cpu') },
    {
      text: '1,000 idle channels: context switches',
      most: 0,
      measured: cost('smipc-idle-switches'),
    },
    {
      text: 'idle channel beyond its ring (after 1,000 others), both processes, KiB',
      most: 16,
      measured: cost('smipc-idle-memory'),
    },
  ],
};

/** With two columns for each machine. @param {Measured[]} machines @returns {import('./table.js').Table[]} */
export function goalsTables(machines) {
  const rows = Object.entries(goals).flatMap(([part, some]) => {
    const runsOf = machines.map(({ load }) => load(part)?.runs ?? []);
    return some.map((goal) => [
      goal.text,
      goal.least === undefined ? `≤ ${short(goal.most ?? 0)}` : `≥ ${short(goal.least)}`,
      ...runsOf.flatMap((runs) => cellsOf(goal, goal.measured(runs))),
    ]);
  });
  const columns = machines.flatMap(({ processor, date }) => [
    `${processor}, ${date.slice(0, 10)}: median [min..max]`,
    'met',
  ]);
  return [{ title: 'Goals', head: ['goal', 'wanted', ...columns], rows }];
}

/** @param {Goal} goal @param {ReturnType<Goal['measured']>} measured */
function cellsOf({ least, most }, measured) {
  if (measured === undefined) return ['not measured', '–'];
  const isMet = measured.median >= (least ?? -Infinity) && measured.median <= (most ?? Infinity);
  const note = measured.note === undefined ? '' : ` (${measured.note})`;
  return [spreadText(measured) + note, isMet ? 'yes' : 'no'];
}
