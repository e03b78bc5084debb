/** Many links at once between the same two processes, all of them busy. */
import { setImmediate as turn } from 'node:timers/promises';
import { contenderOf } from '../contenders/index.js';
import { makeCheck, makeSource } from '../content/index.js';
import { Meter } from './meter.js';
import { finish, linkOf, startSecond } from './task.js';

/** @typedef {import('./task.js').Task} Task */
/** @typedef {import('../content/index.js').Source} Source */

/** The event loop has its turn after so many bytes. */
const kBytesPerTurn = 1024 * 1024;

/** @template T @param {Task} task @param {(task: Task) => Promise<T>} open */
function openAll(task, open) {
  const paths = Array.from({ length: task.channels ?? 1 }, (_, i) => `${task.path}-${i}`);
  return Promise.all(paths.map((path) => open({ ...task, path })));
}

/** The first process. @param {Task} task */
export async function channels(task) {
  const contender = contenderOf(task.contender);
  const second = startSecond('channels', task);
  const readers = await openAll(task, (one) => contender.openReader(linkOf(one, 'up', second)));
  const meter = new Meter(task, [process.pid, second.pid], (record) => finish(record, second));
  for (const reader of readers) {
    const check = makeCheck(task, reader.inPlace === true);
    reader.read((chunk) => meter.add(check.accept(chunk)));
  }
}

/** The second process: one write to each link that has room, in turn. @param {Task} task */
export async function channelsSecond(task) {
  const contender = contenderOf(task.contender);
  const writers = await openAll(task, (one) => contender.openWriter(linkOf(one, 'up')));
  const sources = writers.map(() => makeSource(task));
  const ready = new Set(writers.keys());
  let wake = () => {};
  let bytes = 0;
  for (;;) {
    for (const i of ready) {
      const written = writers[i]?.write(/** @type {Source} */ (sources[i]));
      bytes += task.size;
      if (written === true) continue;
      ready.delete(i);
      void written?.then(() => {
        ready.add(i);
        wake();
      });
    }
    if (ready.size === 0) {
      await new Promise((resolve) => {
        wake = () => resolve(undefined);
      });
    } else if (bytes >= kBytesPerTurn) {
      bytes = 0;
      await turn();
    }
  }
}
