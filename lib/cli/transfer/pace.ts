/** What a loop that moves bytes waits for in between. */
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { RateLimit } from './rate-limit.js';
import { kChunkBytes } from './sources.js';

/** How long signals, timers and sockets wait at most. */
const kTurnMs = 10;

export class Pace {
  readonly #limit: RateLimit | undefined;
  readonly #stopping = new AbortController();
  #turnAt = performance.now();

  /** @param bytesPerSecond undefined: as fast as it goes */
  constructor(bytesPerSecond?: number) {
    if (bytesPerSecond !== undefined) this.#limit = new RateLimit(bytesPerSecond);
  }

  /** How many bytes to move at once, at most. */
  get step(): number {
    return Math.min(kChunkBytes, this.#limit?.step ?? kChunkBytes);
  }

  /** So many bytes have been moved. Settles when it is time for more, or once it is stopped. */
  async moved(bytes: number): Promise<void> {
    if (this.#limit !== undefined) await this.#limit.moved(bytes, this.#stopping.signal);
    // A loop that need not wait for anything would keep the event loop for itself.
    if (performance.now() - this.#turnAt < kTurnMs) return;
    await setImmediate();
    this.#turnAt = performance.now();
  }

  /** Nothing more is to be moved, or all of the rest at once. */
  stop(): void {
    this.#stopping.abort();
  }
}
