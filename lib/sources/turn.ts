/**
 * How long a reader may go on with what is there without waiting: after so many bytes, or so long, the
 * event loop gets its turn. Else a writer that is always faster, or always just in time for the
 * busy-poll, would keep timers and sockets from being served.
 */
import type { Endpoint } from '../endpoint/endpoint.js';
import { afterLoopTurn, now } from '../host/host.js';

const kMostBytes = 4 * 1024 * 1024;
const kMostMs = 2;
/** More often the clock is never asked within that time, unless it stands still. */
const kMostClockReads = 1 << 16;

export class Turn {
  readonly #endpoint: Endpoint;
  /** Where the reader stood when the turn began, and until when it lasts. */
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

  /** How many bytes may still be taken in this turn, if its time is not over; not above 0: none. */
  get bytesLeft(): number {
    return kMostBytes - (this.#endpoint.position - this.#start);
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
