/** Many links that carry nothing: what they hold in memory, and what they do meanwhile. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { contenderOf } from '../contenders/index.js';
import { finish, linkOf, startSecond } from './task.js';
import { memoryOf } from './usage.js';

/** @typedef {import('./task.js').Task} Task */

const kObserver = fileURLToPath(new URL('observer.js', import.meta.url));

/** Opened before, so that what is there once only does not count. */
const kBefore = 50;
/** Threads that clean up after the opening are done by then. */
const kSettleMs = 1000;
/** Longer than the observer takes to start and to end. */
const kObserverMs = 3000;
/** V8's memory reducer collects once or twice more, from eight seconds after a collection on. */
const kReducerMs = 12_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** @param {Task} task @param {number} from @param {number} to */
const pathsOf = ({ path }, from, to) =>
  Array.from({ length: to - from }, (_, i) => `${path}-${from + i}`);

/**
 * What is opened, one after the other; from where to where. While the first are opened, the heap of V8 grows
 * by what that takes, which stays; not so with the second ones.
 *
 * @param {number} channels @returns {Record<'before' | 'first' | 'second', [number, number]>}
 */
const batchesOf = (channels) => ({
  before: [0, kBefore],
  first: [kBefore, kBefore + channels],
  second: [kBefore + channels, kBefore + 2 * channels],
});

/** @param {string} file */
async function whenThere(file) {
  while (!existsSync(file)) await delay(5);
}

/** Bytes that the files of the channels take, page for page. @param {string} directory */
function allocatedBytes(directory) {
  const sizes = readdirSync(directory).map((name) => statSync(join(directory, name)).blocks * 512);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** @typedef {ReturnType<typeof memoryOf> & { files: number }} Sample */

/** Bytes that each of so many links has added. @param {Sample} before @param {Sample} after @param {number} links */
const growth = (before, after, links) => ({
  anonymous: (after.anonymous - before.anonymous) / links,
  pageTables: (after.pageTables - before.pageTables) / links,
  files: (after.files - before.files) / links,
});

/** The first process. @param {Task & { idleMs: number }} task */
export async function idle(task) {
  const { path, channels = 1, idleMs } = task;
  const contender = contenderOf(task.contender);
  const second = startSecond('idle', task);
  const pids = [process.pid, second.pid];
  /** @param {string} name @param {[number, number]} range */
  const openBatch = async (name, [from, to]) => {
    writeFileSync(`${path}.${name}`, '');
    const links = pathsOf(task, from, to).map((one) =>
      linkOf({ ...task, path: one }, 'up', second),
    );
    for (const reader of await Promise.all(links.map(contender.openReader))) reader.read(() => {});
    await whenThere(`${path}.${name}-opened`);
    collectGarbage();
    await delay(kReducerMs);
  };
  const sample = () => ({ ...memoryOf(pids), files: allocatedBytes(dirname(path)) });
  const batches = batchesOf(channels);
  await openBatch('before', batches.before);
  const before = sample();
  await openBatch('first', batches.first);
  const argv = [kObserver, idleMs, ...pids].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  const afterFirst = sample();
  await openBatch('second', batches.second);
  const record = {
    first: growth(before, afterFirst, channels),
    second: growth(afterFirst, sample(), channels),
    idleSeconds: idleMs / 1000,
    ...JSON.parse(stdout),
  };
  finish(record, second);
}

/** The second process. @param {Task & { idleMs: number }} task */
export async function idleSecond(task) {
  const { path, channels = 1, idleMs } = task;
  const contender = contenderOf(task.contender);
  /** @type {object[]} */
  const open = [];
  for (const [name, [from, to]] of Object.entries(batchesOf(channels))) {
    await whenThere(`${path}.${name}`);
    const links = pathsOf(task, from, to).map((one) => linkOf({ ...task, path: one }, 'up'));
    open.push(...(await Promise.all(links.map(contender.openWriter))));
    await delay(kSettleMs);
    collectGarbage();
    writeFileSync(`${path}.${name}-opened`, '');
    // It looks for the next batch no more than it must: that takes time, and leaves something on the heap.
    if (name !== 'second') await delay(kReducerMs);
    if (name === 'first') await delay(idleMs + kObserverMs);
  }
  // Idle writers keep no process alive. This does, and never fires.
  setInterval(() => open, 2 ** 30);
}
