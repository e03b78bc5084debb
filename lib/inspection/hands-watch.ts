/** Listens to changes of hands: owners that take or leave the roles of a channel. */
import { kDetailFields, Status } from '../environment/contract.js';
import {
  monotonicMs,
  newId,
  readyAddon,
  register,
  unregister,
} from '../environment/environment.js';
import { kAnyPermissions } from './looks.js';
import { kTurnMs, loopTurn } from './loop-turn.js';
import type { Place } from './status.js';

/** Hears when an owner takes or leaves a role of one channel. */
export class HandsWatch {
  readonly wake: () => void;
  /** False, for want of threads: the channel is to be looked at from time to time. */
  readonly isListening: boolean;
  readonly #id = newId();

  constructor({ directory, name }: Place, wake: () => void) {
    this.wake = wake;
    register(this.#id, this);
    const details = new Float64Array(kDetailFields.length);
    this.isListening =
      readyAddon().roleWaitStart(this.#id, directory, name, kAnyPermissions, details) === Status.Ok;
  }

  retired(): void {}

  stop(): void {
    unregister(this.#id);
    if (this.isListening) readyAddon().roleWaitStop(this.#id);
  }
}

/** Stops all of them, a few in each turn of the event loop. */
export async function stopAll(all: readonly HandsWatch[]): Promise<void> {
  let end = monotonicMs() + kTurnMs;
  for (const hands of all) {
    if (monotonicMs() >= end) {
      await loopTurn();
      end = monotonicMs() + kTurnMs;
    }
    hands.stop();
  }
}
