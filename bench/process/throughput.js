/** As fast as it goes, from the second process to the first. */

import { contenderOf } from '../contenders/index.js';
import { makeCheck, makeSource } from '../content/index.js';
import { Meter } from './meter.js';
import { kWarmUpBytes, populateHeap } from './populate.js';
import { finish, linkOf, startSecond } from './task.js';
import { TransferMeter } from './transfer-meter.js';

/** @typedef {import('./task.js').Task} Task */

/** The first process. @param {Task} task */
export async function consume(task) {
  if (task.populated === true) populateHeap();
  const second = startSecond('throughput', task);
  const reader = await contenderOf(task.contender).openReader(linkOf(task, 'up', second));
  const check = makeCheck(task, reader.inPlace === true);
  const pids = [process.pid, second.pid];
  const done = (/** @type {object} */ record) => finish(record, second);
  const meter =
    task.totalBytes === undefined
      ? new Meter(task, pids, done)
      : new TransferMeter(task.totalBytes, task.populated ? kWarmUpBytes : 0, pids, done);
  reader.read((chunk) => meter.add(check.accept(chunk)));
}

/** The second process, which goes on until it is killed. @param {Task} task */
export async function produce(task) {
  if (task.populated === true) populateHeap();
  const writer = await contenderOf(task.contender).openWriter(linkOf(task, 'up'));
  const source = makeSource(task);
  for (;;) {
    const written = writer.write(source);
    if (written !== true) await written;
  }
}
