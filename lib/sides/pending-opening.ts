/** The opening of a side whose role could not be taken at once: it goes on, or fails, later. */
import type { EndOf } from '../endpoint/open-end.js';
import type { Opener } from '../endpoint/opening.js';
import { Status } from '../environment/contract.js';
import { SmipcError } from '../errors/errors.js';
import { failure } from '../failures/failures.js';
import { AbortController, now } from '../host/host.js';
import { type ChannelMode, readWaitOptions, type WaitOptions } from '../options/options.js';
import { Outcome } from './outcome.js';

export class PendingOpening<Mode extends ChannelMode> {
  readonly #opener: Opener<Mode>;
  /** Why there can be no end; undefined: it is waited for. */
  readonly #obstacle: Error | undefined;
  readonly #giveUp = new AbortController();
  readonly #opening = new Outcome(false);
  #isRefed = true;
  /** Holds the event loop while the role is waited for. */
  #timer: NodeJS.Timeout | undefined;

  constructor(opener: Opener<Mode>, obstacle: Error | undefined) {
    this.#opener = opener;
    this.#obstacle = obstacle;
  }

  /**
   * Takes the role once it is free.
   * @throws the error of the opening; AbortError after giveUp()
   */
  async open(): Promise<EndOf<Mode>> {
    if (this.#obstacle !== undefined) throw this.#obstacle;
    return this.#opener.later({
      signal: this.#giveUp.signal,
      onTimer: (timer) => {
        this.#timer = timer;
        if (!this.#isRefed) timer.unref();
      },
    });
  }

  /** Whether there can be no end: open() will fail. */
  get hasFailed(): boolean {
    return this.#obstacle !== undefined;
  }

  /** Stops waiting for the role. */
  giveUp(): void {
    this.#giveUp.abort();
  }

  /** Settles when the role is taken, with what is left of the limits. */
  async whenOpen(options: WaitOptions): Promise<WaitOptions> {
    const { signal, timeout } = readWaitOptions(options);
    const start = now();
    await this.#opening.wait(options, (timeoutMs) => this.#late(timeoutMs));
    if (timeout === undefined) return options;
    const left = timeout - (now() - start);
    return { signal, timeout: Math.max(0, Math.ceil(left)) };
  }

  /** The role is taken. */
  opened(): void {
    this.#opening.settle(null);
  }

  /** The side is closed: waits, those to come included, fail for the reason, if there is one. */
  close(reason: Error | null): void {
    const fields = { syscall: 'wait' as const, channel: this.#opener.name };
    this.#opening.settle(reason ?? failure(Status.Closed, fields));
  }

  ref(): void {
    this.#isRefed = true;
    this.#timer?.ref();
  }

  unref(): void {
    this.#isRefed = false;
    this.#timer?.unref();
  }

  hasRef(): boolean {
    return this.#isRefed;
  }

  #late(timeoutMs: number): Error {
    const text = `the role was not free within ${timeoutMs} ms, so this end is not open yet`;
    return new SmipcError('ETIMEDOUT', text, { syscall: 'wait', channel: this.#opener.name });
  }
}
