/**
 * The waits for an endpoint, and what follows from them: the event loop is kept alive, unless the
 * endpoint is unref'ed.
 */
import { holdLoop } from '../environment/environment.js';

/** One wait for an endpoint: of a queue of calls, or of a stream. */
export interface Expectation {
  /** Whether the wait is on. */
  isActive: boolean;
  /** Whether an active wait keeps the event loop alive. */
  holdsLoop: boolean;
}

const kNone: readonly never[] = [];

export class Expectations {
  /** A few at most. Replaced, never changed: an array that grows takes memory for seventeen. */
  #active: readonly Expectation[] = kNone;
  #isRefed = true;
  /** The owner waits for its own end. */
  #isClosing = false;
  #holdsLoop = false;

  /** After `expectation` has changed. */
  update(expectation: Expectation): void {
    const active = this.#active;
    if (active.includes(expectation) !== expectation.isActive) {
      if (expectation.isActive) this.#active = active.concat(expectation);
      else if (active.length === 1) this.#active = kNone;
      else this.#active = active.filter((one) => one !== expectation);
    }
    this.#settle();
  }

  /** Whether anything waits, even if it does not hold the event loop. */
  get isAny(): boolean {
    return this.#active.length > 0;
  }

  setRef(isRefed: boolean): void {
    this.#isRefed = isRefed;
    this.#settle();
  }

  hasRef(): boolean {
    return this.#isRefed;
  }

  /** From here to end() the event loop is held, which takes microseconds. */
  beginClosing(): void {
    this.#isClosing = true;
    this.#settle();
  }

  end(): void {
    this.#isClosing = false;
    this.#active = kNone;
    this.#settle();
  }

  #settle(): void {
    let holdsLoop = this.#isClosing;
    if (this.#isRefed) {
      for (const expectation of this.#active) holdsLoop ||= expectation.holdsLoop;
    }
    if (holdsLoop === this.#holdsLoop) return;
    this.#holdsLoop = holdsLoop;
    holdLoop(holdsLoop ? 1 : -1);
  }
}
