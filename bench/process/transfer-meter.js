/** Measures a fixed number of bytes, from the first one that arrives: what Node does at first counts. */
import { usageOf } from './usage.js';

export class TransferMeter {
  #left;
  #totalBytes;
  #pids;
  #onDone;
  /** @type {number} */
  #ignoredBytes;
  /** @type {{ timeMs: number, cpuSeconds: number } | undefined} */
  #start;

  /**
   * @param {number} totalBytes @param {number} ignoredBytes before them
   * @param {number[]} pids whose usage counts
   * @param {(record: object) => void} onDone
   */
  constructor(totalBytes, ignoredBytes, pids, onDone) {
    this.#totalBytes = totalBytes;
    this.#left = totalBytes;
    this.#ignoredBytes = ignoredBytes;
    this.#pids = pids;
    this.#onDone = onDone;
  }

  /** @param {number} bytes */
  add(bytes) {
    if (this.#ignoredBytes > 0) {
      this.#ignoredBytes -= bytes;
      return;
    }
    if (this.#start === undefined) {
      const { cpuSeconds } = usageOf(this.#pids);
      this.#start = { timeMs: performance.now(), cpuSeconds };
    }
    this.#left -= bytes;
    if (this.#left > 0) return;
    const seconds = (performance.now() - this.#start.timeMs) / 1000;
    const { cpuSeconds, peakBytes } = usageOf(this.#pids);
    this.#onDone({
      bytes: this.#totalBytes - this.#left,
      seconds,
      cpuSeconds: cpuSeconds - this.#start.cpuSeconds,
      peakBytes,
    });
  }
}
