/** Counts bytes in a window of time that begins after a warm-up. */
import { usageOf } from './usage.js';

/** Looking at the clock costs as much as a small message; so it is done once in so many bytes. */
const kBytesPerLook = 32 * 1024;

export class Meter {
  #warmUpMs;
  #measureMs;
  #pids;
  #onDone;
  #bytes = 0;
  #nextLook = 0;
  /** When the window begins, and then when it is over. */
  #dueMs = 0;
  /** @type {{ bytes: number, timeMs: number, cpuSeconds: number } | undefined} */
  #start;

  /**
   * @param {{ warmUpMs: number, measureMs: number }} times @param {number[]} pids whose usage counts
   * @param {(record: object) => void} onDone
   */
  constructor({ warmUpMs, measureMs }, pids, onDone) {
    this.#warmUpMs = warmUpMs;
    this.#measureMs = measureMs;
    this.#pids = pids;
    this.#onDone = onDone;
  }

  /** @param {number} bytes */
  add(bytes) {
    this.#bytes += bytes;
    if (this.#bytes >= this.#nextLook) this.#look(performance.now());
  }

  /** @param {number} now */
  #look(now) {
    this.#nextLook = this.#bytes + kBytesPerLook;
    // The clock starts at the first byte.
    if (this.#dueMs === 0) this.#dueMs = now + this.#warmUpMs;
    if (now < this.#dueMs) return;
    const { cpuSeconds, peakBytes } = usageOf(this.#pids);
    if (this.#start === undefined) {
      this.#start = { bytes: this.#bytes, timeMs: now, cpuSeconds };
      this.#dueMs = now + this.#measureMs;
      return;
    }
    this.#onDone({
      bytes: this.#bytes - this.#start.bytes,
      seconds: (now - this.#start.timeMs) / 1000,
      cpuSeconds: cpuSeconds - this.#start.cpuSeconds,
      peakBytes,
      totalBytes: this.#bytes,
    });
  }
}
