/** `--rate-limit`: so many bytes a second, in small steps, so that the stream stays even. */
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

/** How long one step takes. */
const kStepMs = 50;
/** What a timer takes. */
const kLongestPauseMs = 2 ** 31 - 1;

export class RateLimit {
  /** How many bytes to move at once, at most. */
  readonly step: number;
  readonly #bytesPerSecond: number;
  #dueAt = performance.now();

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.step = Math.max(1, Math.floor((bytesPerSecond * kStepMs) / 1000));
  }

  /** So many bytes have been moved. Settles when more are due, or once the signal is aborted. */
  async moved(bytes: number, signal: AbortSignal): Promise<void> {
    const now = performance.now();
    // Time that was lost waiting for the peer is not made up for.
    const from = Math.max(this.#dueAt, now - kStepMs);
    this.#dueAt = from + (bytes * 1000) / this.#bytesPerSecond;
    while (this.#dueAt > performance.now() && !signal.aborted) {
      const ms = Math.min(this.#dueAt - performance.now(), kLongestPauseMs);
      await setTimeout(ms, undefined, { signal }).catch(() => {});
    }
  }
}
