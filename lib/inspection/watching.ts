/** The iteration over what happens to the channels of a directory. */
import { isDebugging } from '../environment/diagnostics.js';
import { holdLoop, monotonicMs } from '../environment/environment.js';
import { checkObject, checkSignal } from '../errors/arguments.js';
import { AbortError } from '../errors/errors.js';
import { clearTimeout, setTimeout } from '../host/host.js';
import { type DirectoryOptions, resolveDirectory } from '../options/options.js';
import { type ChannelEvent, Following } from './following.js';
import { IdleLog } from './idle-log.js';
import { kTurnMs, loopTurn } from './loop-turn.js';

/** Options of `watch`. */
export interface WatchOptions extends DirectoryOptions {
  /** Ends the iteration with an `AbortError`. */
  signal?: AbortSignal | undefined;
}

class Watching implements AsyncIterableIterator<ChannelEvent, undefined> {
  readonly #signal: AbortSignal | undefined;
  readonly #following: Following;
  readonly #idleLog: IdleLog | undefined;
  /** How long events have been looked for, at most, since the event loop had its turn. */
  #turnMs = 0;
  #state: 'new' | 'running' | 'over' = 'new';
  /** What next() fails with, once. */
  #failure: Error | undefined;
  #wake: () => void = () => {};
  /** Settles when the calls of next() before have been answered. */
  #before: Promise<unknown> = Promise.resolve();
  readonly #onAbort = (): void => this.#end(new AbortError(this.#signal as AbortSignal));

  constructor(directory: string, signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.#following = new Following(directory, () => this.#wake());
    if (isDebugging()) this.#idleLog = new IdleLog(directory);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<ChannelEvent, undefined>> {
    const answer = this.#before.then(() => this.#next());
    this.#before = answer.catch(() => {});
    return answer;
  }

  return(): Promise<IteratorResult<ChannelEvent, undefined>> {
    this.#end(undefined);
    return Promise.resolve({ value: undefined, done: true });
  }

  async #next(): Promise<IteratorResult<ChannelEvent, undefined>> {
    try {
      if (this.#state === 'new') this.#begin();
      while (this.#state === 'running') {
        if (this.#turnMs >= kTurnMs) {
          await loopTurn();
          this.#turnMs = 0;
          continue;
        }
        const start = monotonicMs();
        const value = this.#following.take(kTurnMs - this.#turnMs);
        this.#turnMs += monotonicMs() - start;
        if (value !== undefined) return { value, done: false };
        this.#idleLog?.note(this.#following.isThere, this.#following.size);
        await this.#news();
      }
    } catch (error) {
      this.#end(error as Error);
    }
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
    return { value: undefined, done: true };
  }

  #begin(): void {
    this.#state = 'running';
    if (this.#signal?.aborted) this.#onAbort();
    else this.#signal?.addEventListener('abort', this.#onAbort);
  }

  #end(failure: Error | undefined): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#failure = failure;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#following.stop();
    this.#wake();
  }

  /** Settles when there may be news, or it is time to look for some. Holds the event loop meanwhile. */
  async #news(): Promise<void> {
    // There may have been some since they were looked for: listeners run only in between.
    const pauseMs = this.#following.pauseMs;
    if (pauseMs === 0 || this.#state !== 'running') return;
    holdLoop(1);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pauseMs);
      // The hold is enough.
      timer.unref?.();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => {};
    this.#turnMs = 0;
    holdLoop(-1);
  }
}

/**
 * Tells of the channels in a directory: first of those that are there, then of each that comes,
 * changes hands or goes. If the directory is not there yet, or is removed and made again, it goes on
 * with the one that comes; but the one above it has to be there. What happens to a channel while the
 * consumer is busy is told as one event.
 *
 * The event loop is held only while an event is awaited.
 * @throws TypeError for bad arguments. The iteration fails with an `AbortError`, or, at once or
 *   later, with the SmipcError that list() would throw then: `ERR_SMIPC_DIRECTORY`, `EACCES`,
 *   `ENOTDIR` and other system errors about the directory.
 */
export function watch(options: WatchOptions = {}): AsyncIterableIterator<ChannelEvent, undefined> {
  checkObject('options', options);
  const signal =
    options.signal === undefined ? undefined : checkSignal('options.signal', options.signal);
  return new Watching(resolveDirectory(options), signal);
}
