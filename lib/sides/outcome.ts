/** Something that happens once, or fails, and that calls wait for, each with limits of its own. */
import { limitWait } from '../endpoint/wait-queue.js';
import { AbortError } from '../errors/errors.js';
import type { WaitOptions } from '../options/options.js';

type Settle = (error: Error | null) => void;

export class Outcome {
  readonly #holdsLoop: boolean;
  /** Made for the first wait, so that idle streams are small. */
  #waiting: Set<Settle> | undefined;
  /** Null: it has happened. Undefined: it has not yet. */
  #failure: Error | null | undefined;

  /** @param holdsLoop whether the time limits of waits hold the event loop */
  constructor(holdsLoop: boolean) {
    this.#holdsLoop = holdsLoop;
  }

  /** It has happened or, with an error, it has failed. The first call counts. */
  settle(failure: Error | null): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    for (const settle of this.#waiting ?? []) settle(failure);
  }

  /**
   * Settles when it has happened. Rejects if it fails, and at the limits; at a time limit with what
   * `late` returns.
   */
  wait(options: WaitOptions, late: (timeoutMs: number) => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (failure: Error | null): void => {
        release?.();
        this.#waiting?.delete(settle);
        if (failure === null) resolve();
        else reject(failure);
      };
      let release: (() => void) | undefined;
      if (this.#failure !== undefined) {
        settle(this.#failure);
      } else if (options.signal?.aborted) {
        settle(new AbortError(options.signal));
      } else {
        release = limitWait(options, late, settle, this.#holdsLoop);
        this.#waiting ??= new Set();
        this.#waiting.add(settle);
      }
    });
  }
}
