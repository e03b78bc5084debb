/** Runs each callback of a write in the async context of its write() or end(). */
import { AsyncResource } from 'node:async_hooks';

type Callback = (error?: Error | null) => void;

/** `callback` in the async context that is current now, whenever it is called. */
export function keepContext(callback: Callback): Callback {
  const context = new AsyncResource('SMIPC_CALLBACK');
  return (error) => context.runInAsyncScope(callback, undefined, error);
}

interface Given {
  /** The user's function. */
  readonly callback: Callback;
  /** The function that Node calls. */
  readonly call: Callback;
  /** undefined: Node calls back in the next tick, which has the caller's context. */
  context: AsyncResource | undefined;
}

/** The callbacks of write(). */
export class WriteCallbacks {
  /** The last callback, if its write was done at once and it has not been called yet. */
  #last: Given | undefined;

  /**
   * Before the write.
   * @param isFirst no other write waits. Then a function that was given to the last write, too, is
   *   not wrapped again: Node calls equal functions together, in one tick, in the context of the
   *   first.
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

  /** After the write. If the write waits, Node calls back in the async context of another event. */
  settle(given: Given, isWaiting: boolean): void {
    if (isWaiting) given.context = new AsyncResource('SMIPC_CALLBACK');
    this.#last = isWaiting ? undefined : given;
  }
}
