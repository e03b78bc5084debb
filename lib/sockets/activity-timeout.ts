/** The timer of a socket's `setTimeout()`: runs out when nothing has moved for a while. */
import { clearTimeout, setTimeout } from '../host/host.js';

export class ActivityTimeout {
  readonly #onTimeout: () => void;
  readonly #written: () => number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writtenBefore = 0;

  /**
   * @param written how many bytes of what queues have gone so far, which nothing is called for;
   *   undefined: nothing queues
   */
  constructor(written: () => number | undefined, onTimeout: () => void) {
    this.#written = written;
    this.#onTimeout = onTimeout;
  }

  /** Begins anew. It does not keep the event loop alive. */
  start(ms: number): void {
    this.stop();
    this.#timer = setTimeout(() => this.#check(), ms).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Something was read or written. */
  refresh(): void {
    this.#timer?.refresh();
  }

  #check(): void {
    // A large write may be on its way.
    const written = this.#written();
    if (written !== undefined && written !== this.#writtenBefore) {
      this.#writtenBefore = written;
      this.refresh();
      return;
    }
    this.#onTimeout();
  }
}
