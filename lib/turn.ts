/**
 * How long a reader may go on with what is there without waiting: after so many bytes, or so long, the
 * event loop gets its turn. Else a writer that is always faster, or always just in time for the
 * busy-poll, would keep timers and sockets from being served.
 */
import type { Endpoint } from './endpoint.js';

const kMostBytes = 4 * 1024 * 1024;
const kMostMs = 2;

export class Turn {
  readonly #endpoint: Endpoint;
  /** Where the reader stood when the turn began, and until when it lasts. */
  #start = 0;
  #endMs = 0;
  #next: NodeJS.Immediate | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.begin();
  }

  /** The event loop has just had its turn. */
  begin(): void {
    this.#start = this.#endpoint.position;
    this.#endMs = performance.now() + kMostMs;
  }

  /** How many bytes may still be taken in this turn, if its time is not over; not above 0: none. */
  get bytesLeft(): number {
    return kMostBytes - (this.#endpoint.position - this.#start);
  }

  get isOver(): boolean {
    return this.bytesLeft <= 0 || performance.now() >= this.#endMs;
  }

  /** Whether the event loop is having its turn. */
  get isYielding(): boolean {
    return this.#next !== undefined;
  }

  /** Lets the event loop have its turn, and calls `resume` afterwards. */
  yield(resume: () => void): void {
    this.#next ??= setImmediate(() => {
      this.#next = undefined;
      this.begin();
      resume();
    });
  }

  cancel(): void {
    clearImmediate(this.#next);
  }
}
