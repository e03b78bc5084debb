// What a survivor must not have kept: threads, descriptors and mappings of channels.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { until } from '../fixtures/timing/until.js';

/** @param {number} pid @param {string} place a directory @returns {string[]} */
export function descriptorsIn(pid, place) {
  return readdirSync(`/proc/${pid}/fd`)
    .map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        // Closed by now: the one of the directory that is being read, for one.
        return '';
      }
    })
    .filter((target) => target.startsWith(place));
}

/** @param {number} pid @param {string} place a directory @returns {string[]} */
export function mappingsOf(pid, place) {
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .filter((line) => line.includes(place));
}

/** @param {number} pid */
export function waiterThreads(pid) {
  return readdirSync(`/proc/${pid}/task`).filter((task) => {
    try {
      return readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8') === 'smipc-waiter\n';
    } catch {
      // It has ended.
      return false;
    }
  }).length;
}

export class Leaks {
  #place;

  /** @param {string} place the directory under which all channels are */
  constructor(place) {
    this.#place = place;
  }

  /** What is left, once what is on its way has had its time. */
  async find() {
    const look = () => [
      ...descriptorsIn(process.pid, this.#place),
      ...mappingsOf(process.pid, this.#place),
      // One waits for the next channel.
      ...Array(Math.max(0, waiterThreads(process.pid) - 1)).fill('a waiter thread'),
    ];
    await until(() => look().length === 0, 'nothing to be left').catch(() => {});
    return look();
  }
}
