/** One chunk down, and one of the same size back, again and again. */

import { contenderOf } from '../contenders/index.js';
import { makeCheck, makeSource } from '../content/index.js';
import { kPercentiles } from './percentiles.js';
import { finish, linkOf, startSecond } from './task.js';

/** @typedef {import('./task.js').Task} Task */

const kMostTrips = 4e6;

/**
 * Calls back when a whole answer, or question, is there. A stream may deliver it in parts.
 * @param {Task} task @param {import('../contenders/contender.js').Reader} reader
 * @param {() => void} onWhole
 */
function readWhole(task, reader, onWhole) {
  const check = makeCheck(task, reader.inPlace === true);
  let missing = task.size;
  reader.read((chunk) => {
    missing -= check.accept(chunk);
    if (missing > 0) return;
    missing = task.size;
    onWhole();
  });
}

/** The first process. @param {Task} task */
export async function ask(task) {
  const contender = contenderOf(task.contender);
  const second = startSecond('round-trip', task);
  const [writer, reader] = await Promise.all([
    contender.openWriter(linkOf(task, 'down', second)),
    contender.openReader(linkOf(task, 'up', second)),
  ]);
  const source = makeSource(task);
  const micros = new Float64Array(kMostTrips);
  let trips = 0;
  let warmUntil = 0;
  let end = 0;
  let start = 0;
  const begin = () => {
    start = performance.now();
    writer.write(source);
  };
  const onAnswer = () => {
    const now = performance.now();
    if (warmUntil === 0) {
      // The clock starts at the first answer: opening is not a trip.
      warmUntil = now + task.warmUpMs;
      end = warmUntil + task.measureMs;
    } else if (now > warmUntil) {
      micros[trips++] = (now - start) * 1000;
    }
    if ((now > end && trips > 0) || trips === kMostTrips) {
      finish(describe(micros.subarray(0, trips)), second);
    } else {
      begin();
    }
  };
  begin();
  readWhole(task, reader, onAnswer);
}

/** @param {Float64Array} micros */
function describe(micros) {
  const mean = micros.reduce((sum, value) => sum + value, 0) / micros.length;
  micros.sort();
  const last = micros.length - 1;
  const percentiles = kPercentiles.map((p) => micros[Math.round((p / 100) * last)]);
  return { trips: micros.length, meanMicros: mean, percentiles };
}

/** The second process, which answers until it is killed. @param {Task} task */
export async function answer(task) {
  const contender = contenderOf(task.contender);
  const [reader, writer] = await Promise.all([
    contender.openReader(linkOf(task, 'down')),
    contender.openWriter(linkOf(task, 'up')),
  ]);
  const source = makeSource(task);
  readWhole(task, reader, () => writer.write(source));
}
