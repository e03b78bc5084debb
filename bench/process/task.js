/** What both processes of a run know, and how the first one begins and ends it. */
import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startProcess } from '../contenders/contender.js';
import { contenderOf } from '../contenders/index.js';

/**
 * @typedef {object} TaskFields
 * @property {string} contender
 * @property {string} path a file name that is free
 * @property {number} warmUpMs
 * @property {number} measureMs
 * @property {number} [capacity]
 * @property {number} [channels] how many links at once
 * @property {number} [totalBytes] throughput: so many bytes from the first one on, instead of a time
 * @property {boolean} [populated] throughput: both processes have touched the memory that they will use
 *
 * @typedef {import('../content/index.js').Content & TaskFields} Task
 */

const kMain = fileURLToPath(new URL('main.js', import.meta.url));

/** @param {string} measure @param {Task} task @returns {import('../contenders/contender.js').Second} */
export function startSecond(measure, task) {
  const { start = startProcess } = contenderOf(task.contender);
  const second = start(kMain, [measure, 'second', JSON.stringify(task)]);
  const child = /** @type {import('node:events').EventEmitter} */ (second.handle);
  child.once('exit', (code, signal) => {
    throw new Error(`the second process has left (${code ?? signal})`);
  });
  return second;
}

/**
 * @param {Task} task @param {'up' | 'down'} direction
 * @param {import('../contenders/contender.js').Second} [second]
 * @returns {import('../contenders/contender.js').Link}
 */
export function linkOf({ path, size, capacity }, direction, second) {
  return {
    path: `${path}-${direction}`,
    direction,
    size,
    ...(capacity === undefined ? {} : { capacity }),
    ...(second === undefined ? {} : { second }),
  };
}

/** The second process has nothing more to do, nor has this one. @param {object} record @param {import('../contenders/contender.js').Second} second */
export function finish(record, second) {
  writeSync(1, `${JSON.stringify(record)}\n`);
  if (second.pid !== process.pid) process.kill(second.pid, 'SIGKILL');
  // Not even the libraries' own cleanup: some of them wait for what is not sent yet.
  process.kill(process.pid, 'SIGKILL');
}
