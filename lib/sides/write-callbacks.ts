/** Callbacks of a write stream's user: each runs in the async context of the call that it was given to. */
import { AsyncResource } from 'node:async_hooks';

type Callback = (error?: Error | null) => void;

/** `callback` in the async context that is current now, whenever it is called. */
export function keepContext(callback: Callback): Callback {
  const context = new AsyncResource('SMIPC_CALLBACK');
  return (error) => context.runInAsyncScope(callback, undefined, error);
}

interface Given {
  /** The user's. */
  readonly callback: Callback;
  /** What Node calls. */
  readonly call: Callback;
  /** undefined: Node calls back in the next tick, which has the caller's context. */
  context: AsyncResource | undefined;
}

/** The callbacks of write(). */
export class WriteCallbacks {
  /** The last one, if its write was done at once and it has not been called yet. */
  #last: Given | undefined;

  /**
   * Before the write.
   * @param isFirst no other write waits. Then a function that was given to the write before, too, stays
   *   one function: Node calls those together, in one tick, in the context of the first.
   */
  take(callback: Callback, isFirst: boolean): Given {
    if (isFirst && this.#last?.callback === callback) return this.#last;
    const given: Given = {
      callback,
      call: (error) => {
        this.#last = undefined;
        if (given.context === undefined) callback(error);
        else given.context.runInAsyncScope(callback, undefined, error);
      },
      context: undefined,
    };
    return given;
  }

  /** After the write. If it waits, it is called back in a wake-up, or on behalf of another one. */
  settle(given: Given, isWaiting: boolean): void {
    if (isWaiting) given.context = new AsyncResource('SMIPC_CALLBACK');
    this.#last = isWaiting ? undefined : given;
  }
}
