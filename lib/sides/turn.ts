/**
 * How long a reader may go on without waiting: after a number of bytes, or some milliseconds, the
 * event loop gets its turn. Otherwise a writer that is always faster, or always just in time for
 * polling, would keep timers and sockets from being served.
 */
import type { Endpoint } from '../endpoint/endpoint.js';
import { afterLoopTurn, now } from '../host/host.js';

const kMostTurnBytes = 4 * 1024 * 1024;
const kMostMs = 2;
/** The clock is never read this often in that time, unless it is a fake that stands still. */
const kMostClockReads = 1 << 16;

export class Turn {
  readonly #endpoint: Endpoint;
  /** The reader's position when the turn began, and the time when it ends. */
  #start = 0;
  #endMs = 0;
  #clockReadsLeft = 0;
  #isYielding = false;
  #isCancelled = false;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.begin();
  }

  /** The event loop has just had its turn. */
  begin(): void {
    this.#start = this.#endpoint.position;
    this.#endMs = now() + kMostMs;
    this.#clockReadsLeft = kMostClockReads;
  }

  /** How many bytes may still be read in this turn, if its time is not over; 0 or less: none. */
  get bytesLeft(): number {
    return kMostTurnBytes - (this.#endpoint.position - this.#start);
  }

  get isOver(): boolean {
    return this.bytesLeft <= 0 || --this.#clockReadsLeft < 0 || now() >= this.#endMs;
  }

  /** Whether the event loop is having its turn. */
  get isYielding(): boolean {
    return this.#isYielding;
  }

  /** Lets the event loop have its turn, and calls `resume` afterwards. */
  yield(resume: () => void): void {
    if (this.#isYielding) return;
    this.#isYielding = true;
    afterLoopTurn(() => {
      this.#isYielding = false;
      if (this.#isCancelled) return;
      this.begin();
      resume();
    });
  }

  cancel(): void {
    this.#isCancelled = true;
  }
}
