/**
 * Calls that wait for an endpoint, in order. The first one tries at once, and again after every
 * wake-up, until it succeeds, is aborted, or runs out of time. The second does not try before the
 * first is done.
 */
import { AsyncResource } from 'node:async_hooks';
import { Status, Wait } from '../environment/contract.js';
import { AbortError } from '../errors/errors.js';
import { clearTimeout, setTimeout } from '../host/host.js';
import type { WaitOptions } from '../options/options.js';
import type { Endpoint } from './endpoint.js';
import type { Expectation } from './expectations.js';
import { type Aim, syscallOf, timeoutError } from './obstacles.js';
import { PollTime } from './poll-time.js';

interface Waiting {
  /** Whether it has succeeded. */
  attempt(wait: Wait): boolean;
  fail(error: unknown): void;
  release(): void;
}

/**
 * Calls `giveUp` once, when the signal is aborted or the time is over; then with what `late` returns.
 * @param holdsLoop whether the event loop is held until the time is over; not if what is waited for
 *   decides that.
 * @returns a function that cancels this.
 */
export function limitWait(
  { signal, timeout }: WaitOptions,
  late: (timeoutMs: number) => Error,
  giveUp: (error: Error) => void,
  holdsLoop = false,
): () => void {
  const release = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
  const fail = (error: Error): void => {
    release();
    giveUp(error);
  };
  const onAbort = (): void => fail(new AbortError(signal as AbortSignal));
  const timer = timeout === undefined ? undefined : setTimeout(() => fail(late(timeout)), timeout);
  if (!holdsLoop) timer?.unref();
  signal?.addEventListener('abort', onAbort);
  return release;
}

export class WaitQueue {
  readonly #endpoint: Endpoint;
  readonly #aim: Aim;
  readonly #waiting: Waiting[] = [];
  readonly #expectation: Expectation = { isActive: false, holdsLoop: true };
  readonly #onWake = (): void => this.retry();
  /** Of those that read. */
  readonly #pollTime: PollTime | undefined;
  #idle: (() => void) | undefined;

  /** `aim`: what the calls wait for. */
  constructor(endpoint: Endpoint, aim: Aim) {
    this.#endpoint = endpoint;
    this.#aim = aim;
    if (aim === 'bytes') this.#pollTime = new PollTime(() => this.retry());
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  /** Settles when nothing waits any more. One caller at a time. */
  whenIdle(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  /**
   * @param attempt returns undefined if it must wait; with Wait.Arm it has armed the doorbell then.
   *   May throw.
   * @param callsUser whether `attempt` calls a function of the user's, which must run in the
   *   caller's async context.
   * @returns what `attempt` returned in the end.
   */
  wait<T>(
    attempt: (wait: Wait) => T | undefined,
    options: WaitOptions,
    callsUser = false,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (options.signal?.aborted) throw new AbortError(options.signal);
      let context: AsyncResource | undefined;
      const waiting: Waiting = {
        attempt: (wait) => {
          const result =
            context === undefined ? attempt(wait) : context.runInAsyncScope(() => attempt(wait));
          if (result === undefined) return false;
          resolve(result);
          return true;
        },
        fail: reject,
        release: () => {},
      };
      this.#waiting.push(waiting);
      if (this.#waiting.length === 1) this.retry();
      if (!this.#waiting.includes(waiting)) return;
      if (callsUser) context = new AsyncResource('SMIPC_WAIT');
      this.#limit(waiting, options);
    });
  }

  /** Fails everything that waits: the endpoint is closed on this side, perhaps for a reason. */
  close(reason?: Error | null): void {
    for (const waiting of this.#waiting.splice(0)) {
      waiting.release();
      waiting.fail(reason ?? this.#endpoint.failure(Status.Closed, syscallOf(this.#aim)));
    }
    this.#settle();
  }

  #limit(waiting: Waiting, options: WaitOptions): void {
    const late = (timeout: number) => timeoutError(this.#endpoint, this.#aim, timeout);
    waiting.release = limitWait(options, late, (error) => {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      waiting.fail(error);
      this.retry();
    });
  }

  /** Tries again. Called after a wake-up, and when this end has changed what a call waits for. */
  retry(): void {
    for (;;) {
      const first = this.#waiting[0];
      if (first === undefined) break;
      const wait = this.#pollTime?.nextWait() ?? Wait.Arm;
      try {
        if (!first.attempt(wait)) {
          if (wait === Wait.Return) this.#pollTime?.pollLater();
          break;
        }
        this.#pollTime?.handOut();
      } catch (error) {
        first.fail(error);
      }
      // The attempt may have closed the endpoint, and emptied the queue with it.
      if (this.#waiting[0] === first) this.#waiting.shift();
      first.release();
    }
    this.#settle();
  }

  #settle(): void {
    const isActive = this.#waiting.length > 0;
    if (isActive === this.#expectation.isActive) return;
    this.#expectation.isActive = isActive;
    if (isActive) this.#endpoint.onWake(this.#onWake);
    else this.#endpoint.offWake(this.#onWake);
    this.#endpoint.expect(this.#expectation);
    if (!isActive) this.#idle?.();
  }
}
