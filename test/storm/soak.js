// The soak: the storm, a stream that never stops, channels that come and go, and channels that only
// wait, all at once and for a long time, while memory, descriptors, threads and the directory are
// looked at.
//
//   npm run soak -- --minutes N --seed S
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import { descriptorsIn, Leaks, waiterThreads } from './leaks.js';
import { Pool } from './pool.js';
import { Storm } from './storm.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  console.error('usage: npm run soak -- [--minutes N] [--seed S]');
  process.exit(2);
}
const shm = `/dev/shm/smipc-soak-${process.pid}`;
const kIdleChannels = 200;
const kSampleMs = 1000;
/** Memory may grow by so much from the second quarter of the time to the last. */
const kMostGrowth = 1.25;
const kSlackMiB = 32;

const end = performance.now() + minutes * 60_000;
const isOver = () => performance.now() >= end;
/** @type {string[]} */
const failures = [];

// --- what goes on

/** @param {'writer' | 'reader'} role */
function startSteady(role) {
  const program = fileURLToPath(new URL('./steady.js', import.meta.url));
  const child = spawn(process.execPath, [program, role, `${shm}/steady`], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const state = { child, bytes: 0, exit: once(child, 'exit') };
  child.on('message', (message) => {
    state.bytes = /** @type {{ bytes: number }} */ (message).bytes;
  });
  return state;
}

/** Channels that are opened, used once, and closed. Returns how many. */
async function comeAndGo() {
  const dir = `${shm}/churn`;
  let count = 0;
  for (; !isOver(); count++) {
    const name = `churn-${count % 7}`;
    const writer = createWriteStream(name, { dir, objectMode: true, capacity: 4096 });
    writer.end({ count });
    const seen = [];
    for await (const value of createReadStream(name, { dir, objectMode: true })) seen.push(value);
    if (seen.length !== 1 || seen[0].count !== count)
      failures.push(`channel ${count} carried ${seen}`);
    if (!writer.closed) await once(writer, 'close');
    await setTimeout(5);
  }
  return count;
}

/** Channels on which somebody waits and nothing happens until the end. */
function openIdle() {
  const dir = `${shm}/idle`;
  return Array.from({ length: kIdleChannels }, (_, i) => {
    const reader = openChannel(`idle-${i}`, 'r', { dir, capacity: 4096 });
    const target = Buffer.alloc(4);
    return { i, dir, reader, target, read: reader.read(target) };
  });
}

/** @param {ReturnType<typeof openIdle>} channels */
async function wakeIdle(channels) {
  for (const { i, dir, reader, target, read } of channels) {
    const writer = openChannel(`idle-${i}`, 'w', { dir });
    writer.writeSync(Buffer.from([i]));
    if ((await read) !== 1 || target[0] !== i) failures.push(`idle channel ${i} heard nothing`);
    await Promise.all([writer.close(), reader.close()]);
  }
}

// --- what is looked at

/** @param {number} pid */
function residentMiB(pid) {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1]) / 1024;
}

/** @param {number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** A figure over time. */
class Series {
  /** @type {number[]} */
  #values = [];

  /** @param {string} name @param {() => number} measure */
  constructor(name, measure) {
    this.name = name;
    this.measure = measure;
  }

  sample() {
    this.#values.push(this.measure());
  }

  /** Medians of each quarter of the time. */
  get quarters() {
    const size = this.#values.length / 4;
    return [0, 1, 2, 3].map((quarter) =>
      median(this.#values.slice(Math.floor(quarter * size), Math.floor((quarter + 1) * size))),
    );
  }

  describe() {
    const figures = [...this.quarters, Math.max(...this.#values)];
    return `${this.name.padEnd(34)}${figures.map((value) => value.toFixed(0).padStart(9)).join('')}`;
  }
}

/** @param {Series} series @param {number} most */
function checkGrowth(series, most) {
  const [, second = 0, , last = 0] = series.quarters;
  if (last > most * second + (series.name.endsWith('MiB') ? kSlackMiB : 0)) {
    failures.push(`${series.name} grew from ${second.toFixed(0)} to ${last.toFixed(0)}`);
  }
}

// --- the soak

mkdirSync(`${shm}/steady`, { recursive: true, mode: 0o700 });
console.log(`${minutes} minutes from seed ${values.seed} on`);
const writer = startSteady('writer');
const reader = startSteady('reader');
const pool = new Pool(1);
const storm = new Storm(Number(values.seed), pool);
const idle = openIdle();

const memory = [
  new Series('this process, MiB', () => residentMiB(process.pid)),
  new Series('steady writer, MiB', () => residentMiB(writer.child.pid ?? 0)),
  new Series('steady reader, MiB', () => residentMiB(reader.child.pid ?? 0)),
];
const counts = [
  new Series('descriptors of channels', () => descriptorsIn(process.pid, shm).length),
  new Series('waiter threads', () => waiterThreads(process.pid)),
  new Series('files in the directories', () => readdirSync(shm, { recursive: true }).length),
];
const space = new Series('shared memory in use, MiB', () => {
  const { blocks, bfree, bsize } = statfsSync('/dev/shm');
  return ((blocks - bfree) * bsize) / 2 ** 20;
});
const all = [...memory, ...counts, space];
const sampling = setInterval(() => {
  for (const series of all) series.sample();
  if (!process.stderr.isTTY) return;
  const left = Math.max(0, (end - performance.now()) / 1000).toFixed(0);
  process.stderr.write(`\r${left} s left, ${storm.done} rounds, ${storm.failed} failed `);
}, kSampleMs);

const [opened] = await Promise.all([comeAndGo(), storm.run(`${shm}/storm`, isOver)]);
clearInterval(sampling);
if (process.stderr.isTTY) process.stderr.write('\r');
await wakeIdle(idle);
writer.child.send('end');
const exits = await Promise.all([writer.exit, reader.exit]);
await pool.close();

for (const [code, signal] of exits) {
  if (code !== 0) failures.push(`an end of the steady stream ended with ${signal ?? code}`);
}
if (writer.bytes !== reader.bytes) {
  failures.push(`${writer.bytes} bytes were written, ${reader.bytes} read`);
}
for (const series of memory) checkGrowth(series, kMostGrowth);
for (const series of counts) checkGrowth(series, 2);
checkGrowth(space, kMostGrowth);
const files = readdirSync(shm, { recursive: true, withFileTypes: true })
  .filter((entry) => !entry.isDirectory())
  .map(({ name }) => name);
if (files.length > 0) failures.push(`left in the directories: ${files}`);
rmSync(shm, { recursive: true });
const left = await new Leaks(shm).find();
if (left.length > 0) failures.push(`left in this process: ${left}`);
if (storm.failed > 0) failures.push(`${storm.failed} rounds of the storm`);

console.log(storm.describe());
console.log(`${String(storm.done).padStart(6)}  rounds of the storm`);
console.log(`${String(opened).padStart(6)}  channels came and went, ${kIdleChannels} waited`);
console.log(`${(reader.bytes / 1e9).toFixed(1).padStart(6)}  GB through the steady stream`);
console.log(
  `${'medians of each quarter, and most'.padEnd(34)}      1st      2nd      3rd      4th     most`,
);
for (const series of all) console.log(series.describe());
for (const failure of failures) console.error(`FAILED: ${failure}`);
console.log(failures.length === 0 ? 'nothing failed' : `${failures.length} failures`);
process.exitCode = failures.length === 0 ? 0 : 1;
