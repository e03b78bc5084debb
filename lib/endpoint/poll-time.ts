/**
 * When a reader that finds nothing is to poll for more, and to arm its doorbell. What comes next is
 * often the answer to what the program is about to write: a listener that is `async`, or a loop that
 * awaits, writes some microtasks after it was given a value. A poll before that is in vain, keeps the
 * program from writing for as long as it takes, and teaches the poll not to poll (busy_poll.h).
 */
import { Wait } from '../environment/contract.js';
import { afterTicks } from '../host/host.js';
import { writesSoFar } from './write-end.js';

/** For how many values without one an answer is still expected. */
const kPatience = 1000;

export class PollTime {
  readonly #poll: () => void;
  /** The consumer was given something that it may answer, and has not had its turn yet. */
  #isEarly = false;
  /** How many writes there were when it was. */
  #writes = 0;
  /** A program that writes nothing is not waited for. */
  #patience = kPatience;
  #isComing = false;

  /** @param poll looks again, with what nextWait() says then. It may be called when that is not needed. */
  constructor(poll: () => void) {
    this.#poll = poll;
  }

  /** The consumer is given something now. */
  handOut(): void {
    const writes = writesSoFar();
    if (writes !== this.#writes) this.#patience = kPatience;
    else if (this.#patience > 0) this.#patience--;
    this.#writes = writes;
    this.#isEarly = this.#patience > 0;
  }

  /** How to look for more. Wait.Return: if there is nothing, pollLater() is to be called. */
  nextWait(): Wait {
    // The answer may be on its way already, whatever it was that was written.
    if (this.#isEarly && this.#writes === writesSoFar()) return Wait.Return;
    this.#isEarly = false;
    return Wait.Arm;
  }

  /** Polls when the program has had its turn, and before the event loop goes on. */
  pollLater(): void {
    if (this.#isComing) return;
    this.#isComing = true;
    afterTicks(() => {
      this.#isComing = false;
      this.#isEarly = false;
      this.#poll();
    });
  }
}
