/**
 * What `smipc top` costs those it looks at: `node bench/top/main.js [--pairs 9] [--seconds 10]
 * [--channels 200]`. Two processes move bytes through the channels as fast as they can, for the whole run.
 * In turn nobody looks, and `top` does, on a terminal that shows all rows. Each time with it is compared
 * with the times before and after, which are also compared with each other: that is what noise does.
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine } from '../machine.js';
import { usageOf } from '../process/usage.js';
import { spreadOf } from '../statistics.js';
import { Workplace } from '../workplace.js';

const kBusy = fileURLToPath(new URL('busy.js', import.meta.url));
const kProgram = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));
/** Until all that is compiled is, and the rings have been full. */
const kWarmUpMs = 5000;
/** For `top` to start, and to look for the first time. */
const kStartMs = 3000;
const kColumns = 160;

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '10' },
    channels: { type: 'string', default: '200' },
  },
});
const [pairs, seconds, channels] = [values.pairs, values.seconds, values.channels].map(Number);
if (![pairs, seconds, channels].every((number) => number > 0)) {
  throw new Error('--pairs, --seconds and --channels take numbers above 0');
}

const workplace = new Workplace();

/** @param {'writer' | 'reader'} role */
function startBusy(role) {
  const args = [role, workplace.directory, String(channels)];
  const child = fork(kBusy, args, { detached: true });
  workplace.guard(child);
  child.once('exit', (code, signal) => {
    throw new Error(`the ${role} has left (${code ?? signal})`);
  });
  return child;
}

/** Bytes that have come, and when that was. @param {import('node:child_process').ChildProcess} reader @returns {Promise<{ bytes: number, ms: number }>} */
async function countOf(reader) {
  reader.send('count');
  const [count] = await once(reader, 'message');
  return count;
}

/** Bytes a second. @param {import('node:child_process').ChildProcess} reader */
async function rateOf(reader) {
  const before = await countOf(reader);
  await setTimeout(seconds * 1000);
  const after = await countOf(reader);
  return ((after.bytes - before.bytes) * 1000) / (after.ms - before.ms);
}

/** On a terminal of its own. */
async function startTop() {
  const command = [
    `stty rows ${channels + 10} cols ${kColumns}`,
    `exec '${process.execPath}' '${kProgram}' top --dir '${workplace.directory}'`,
  ].join('; ');
  const terminal = spawn('script', ['-qec', command, '/dev/null'], {
    // Its stdin stays open: at an end of it, script would type one.
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...process.env, TERM: 'xterm', LC_ALL: 'C.UTF-8' },
    detached: true,
  });
  workplace.guard(terminal);
  await once(terminal, 'spawn');
  await setTimeout(kStartMs);
  const pid = terminal.pid ?? 0;
  const [top] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ');
  if (!top) throw new Error('top has not started');
  return { terminal, pid: Number(top) };
}

/** @param {import('node:child_process').ChildProcess} reader @returns {Promise<{ rate: number, share: number }>} `share` of a core */
async function measureTop(reader) {
  const { terminal, pid } = await startTop();
  const [usedBefore, began] = [usageOf([pid]).cpuSeconds, performance.now()];
  const rate = await rateOf(reader);
  const used = usageOf([pid]).cpuSeconds - usedBefore;
  const share = (used * 1000) / (performance.now() - began);
  const exit = once(terminal, 'exit');
  process.kill(pid, 'SIGTERM');
  await exit;
  return { rate, share };
}

/** @param {number[]} numbers @param {(number: number) => string} format */
function spread(numbers, format) {
  const { median, least, most } = spreadOf(numbers);
  return `${format(median)} [${format(least)}..${format(most)}]`;
}

const [reader] = [startBusy('reader'), startBusy('writer')];
await setTimeout(kWarmUpMs);
/** @type {number[]} */
const without = [await rateOf(reader)];
/** @type {Awaited<ReturnType<typeof measureTop>>[]} */
const withTop = [];
for (let pair = 0; pair < pairs; pair++) {
  withTop.push(await measureTop(reader));
  without.push(await rateOf(reader));
}

const ratios = withTop.map(({ rate }, i) => (2 * rate) / (without[i] + without[i + 1]));
const noise = without.slice(1).map((rate, i) => rate / without[i]);
const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(2)} %`;
const ratio = (/** @type {number} */ number) => number.toFixed(3);
const { processor, cores, node } = describeMachine();
console.log(`${processor}, ${cores} processors, Node ${node}`);
console.log(`${channels} channels, ${pairs} pairs of ${seconds} s; medians [least..most]`);
console.log(`bytes a second        ${spread(without, (rate) => `${(rate / 1e9).toFixed(2)} GB`)}`);
console.log(`with top ÷ without    ${spread(ratios, ratio)}`);
console.log(`without ÷ without     ${spread(noise, ratio)}`);
console.log(
  `top, of one core      ${spread(
    withTop.map(({ share }) => share),
    percent,
  )}`,
);
process.exit();
