/** What it costs to have: import, package, idle channels, opening. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isOurs } from '../contenders/index.js';
import { launch } from '../launch.js';
import { packageSize } from '../package-size.js';
import { Progress } from '../progress.js';
import { saveResults } from '../results.js';
import { median } from '../statistics.js';
import { printCosts } from '../tables/small.js';

/** @typedef {import('../session.js').Session} Session */
/** @typedef {{ key: string, what: string, unit: string, values: number[], detail?: object }} Cost */

const kRoot = fileURLToPath(new URL('../..', import.meta.url));
const kIdle = { size: 1024, channels: 1000, capacity: 4096, idleMs: 3000 };
const kOpenMs = 1000;
const kIdleLabels = {
  smipc: 'smipc, streams',
  'smipc-channel': 'smipc, openChannel',
  socket: 'socket',
};
const kOpeningLabels = { smipc: 'smipc, streams', socket: 'socket' };

/** @param {Session} session */
export async function plannedSeconds({ rounds }) {
  return 150 + rounds * 3;
}

/** @param {Session} session */
export async function run(session) {
  const steps = [() => sizes(), () => importTime(session.rounds)];
  for (const [contender, label] of Object.entries(kIdleLabels)) {
    steps.push(() => idle(session, contender, label));
  }
  for (const [contender, label] of Object.entries(kOpeningLabels)) {
    steps.push(() => opening(session, contender, label));
  }
  const progress = new Progress('costs', steps.length);
  /** @type {Cost[]} */
  const runs = [];
  for (const step of steps) {
    progress.begin('');
    runs.push(...(await step()));
    progress.finish();
  }
  progress.clear();
  const { isWhole, rounds } = session;
  printCosts(saveResults({ part: 'costs', isWhole, options: { rounds, idle: kIdle }, runs }));
}

/** @returns {Promise<Cost[]>} */
async function sizes() {
  const { packed, unpacked } = packageSize(kRoot);
  const what = 'package with one binary';
  return [
    { key: 'packed', what: `${what}, as it is downloaded`, unit: 'kB', values: [packed / 1e3] },
    { key: 'unpacked', what: `${what}, unpacked`, unit: 'kB', values: [unpacked / 1e3] },
  ];
}

/** What `import` takes in a fresh process, less what it takes for a module that is empty. @param {number} rounds @returns {Promise<Cost[]>} */
async function importTime(rounds) {
  const smipc = new URL('../../dist/index.js', import.meta.url).href;
  const values = Array.from(
    { length: rounds },
    () => importOf(smipc) - importOf('data:text/javascript,'),
  );
  return [{ key: 'import', what: "import 'smipc'", unit: 'ms', values }];
}

/** @param {string} url */
function importOf(url) {
  const program = `const start = performance.now(); await import('${url}'); console.log(performance.now() - start);`;
  const argv = ['--input-type=module', '-e', program];
  return Number(execFileSync(process.execPath, argv, { encoding: 'utf8' }));
}

/** @param {Session} session @param {string} contender @param {string} label @returns {Promise<Cost[]>} */
async function idle(session, contender, label) {
  const record = await launch(session.workplace, 'idle', { contender, ...kIdle });
  const { first, second, cpuMs, switches, idleSeconds } = record;
  const isRing = isOurs(contender);
  const what = isRing
    ? 'an idle channel beyond its ring'
    : 'an idle connection, without the kernel’s';
  /** @param {string} key @param {string} which @param {typeof first} growth @returns {Cost} */
  const memory = (key, which, growth) => ({
    key: `${contender}-${key}`,
    what: `${label}: memory of ${what}, ${which}`,
    unit: 'KiB',
    values: [
      (growth.anonymous + growth.pageTables + growth.files - (isRing ? kIdle.capacity : 0)) / 1024,
    ],
    detail: growth,
  });
  const thousand = `${label}: 1,000 idle, ${idleSeconds} s`;
  return [
    memory('idle-memory-first', 'the first 1,000', first),
    memory('idle-memory', 'the next 1,000', second),
    {
      key: `${contender}-idle-cpu`,
      what: `${thousand}, CPU time`,
      unit: 'ms',
      values: [cpuMs],
    },
    {
      key: `${contender}-idle-switches`,
      what: `${thousand}, context switches`,
      unit: '',
      values: [switches],
    },
  ];
}

/** @param {Session} session @param {string} contender @param {string} label @returns {Promise<Cost[]>} */
async function opening(session, contender, label) {
  const records = [];
  for (let round = 0; round < session.rounds; round++) {
    records.push(await launch(session.workplace, 'opening', { contender, measureMs: kOpenMs }));
  }
  return [
    {
      key: `${contender}-pairs`,
      what: `${label}: open, send a byte, and close both ends`,
      unit: 'a second',
      values: records.map(({ perSecond }) => perSecond),
    },
    {
      key: `${contender}-first-byte`,
      what: `${label}: first byte after open`,
      unit: 'µs, p50',
      values: records.map(({ firstByteMicros }) => median(firstByteMicros)),
    },
  ];
}
