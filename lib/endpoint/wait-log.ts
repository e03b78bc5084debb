/**
 * Says what is waited for, once nothing has moved for a second, as lines of NODE_DEBUG=smipc. Only
 * while that is on there is anything of this.
 */
import { reportWait } from '../environment/diagnostics.js';
import { monotonicMs } from '../environment/environment.js';
import type { SmipcError } from '../errors/errors.js';
import { isOwnerStillExiting } from '../failures/failures.js';
import { clearTimeout, setTimeout } from '../host/host.js';
import type { ChannelStatus } from '../inspection/status.js';
import type { ChannelSettings } from '../options/options.js';
import type { Endpoint } from './endpoint.js';
import { obstacleOf } from './obstacles.js';

/** How long nothing has to move, in milliseconds. */
const kSilenceMs = 1000;

/** Calls that follow each other faster than this are one wait, in milliseconds. */
const kPauseMs = 200;

/** How far the channel has come. */
interface Mark {
  written: number;
  read: number;
}

/** Of one end that is open. */
export class WaitLog {
  readonly #endpoint: Endpoint;
  #isWaiting = false;
  #mark: Mark = { written: 0, read: 0 };
  /** What is waited for, if it is not the peer. */
  #reason: string | undefined;
  /** What was said last about this wait. */
  #said: string | undefined;
  /**
   * Never runs on: it is set again only if something has moved, or woken this end. So a test runner's
   * fake that runs all timers there are comes to an end.
   */
  #timer: NodeJS.Timeout | undefined;
  /** By the kernel's clock: since when nothing has moved, and when something waited last. */
  #silentSince = 0;
  #waitedAt = 0;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** Whether anything waits for the end now. */
  setWaiting(isWaiting: boolean): void {
    if (isWaiting === this.#isWaiting) return;
    this.#isWaiting = isWaiting;
    if (isWaiting) {
      this.#noteWait();
      this.#timer ??= this.#setTimer();
    } else {
      this.#waitedAt = monotonicMs();
      this.stop();
    }
  }

  /** From now on this is waited for. */
  waitFor(reason: string): void {
    this.#reason = reason;
    this.#isWaiting = true;
    this.#noteWait();
    this.#timer ??= this.#setTimer();
  }

  /** The end was woken: who is waited for may have changed. */
  woken(): void {
    if (this.#isWaiting) this.#timer ??= this.#setTimer();
  }

  /** From time to time within a call that blocks. */
  blocked(): void {
    this.#noteWait();
    if (this.#waitedAt - this.#silentSince >= kSilenceMs) this.#sayObstacle(this.#status());
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Something waits. If it is not the first, and nothing has moved, the silence goes on. */
  #noteWait(): void {
    const now = monotonicMs();
    const hasMoved = this.#hasMoved(this.#status());
    if (hasMoved || now - this.#waitedAt > kPauseMs) {
      this.#said = undefined;
      this.#silentSince = now;
    }
    this.#waitedAt = now;
  }

  #setTimer(): NodeJS.Timeout {
    const left = this.#silentSince + kSilenceMs - monotonicMs();
    // It must not keep the process alive.
    return setTimeout(() => this.#check(), left > 0 ? left : kSilenceMs).unref();
  }

  #check(): void {
    this.#timer = undefined;
    const status = this.#status();
    if (this.#hasMoved(status)) {
      this.#said = undefined;
      this.#silentSince = monotonicMs();
      this.#timer = this.#setTimer();
    } else {
      this.#sayObstacle(status);
    }
  }

  #sayObstacle(status: ChannelStatus | undefined): void {
    if (status === undefined) return;
    const text = this.#reason ?? obstacleOf(status, this.#endpoint.mode);
    if (text !== this.#said) reportWait(this.#endpoint, text);
    this.#said = text;
  }

  /** Since the last call. */
  #hasMoved(status: ChannelStatus | undefined): boolean {
    if (status === undefined) return false;
    const { written, read } = this.#mark;
    this.#mark = { written: status.bytesWritten, read: status.bytesRead };
    return written !== status.bytesWritten || read !== status.bytesRead;
  }

  /** undefined: the shared memory is damaged, which is an error elsewhere. */
  #status(): ChannelStatus | undefined {
    try {
      return this.#endpoint.status();
    } catch {
      return undefined;
    }
  }
}

/** Of an opener that waits for a role. It tries again and again, so that there is no timer. */
export class OpeningLog {
  readonly #settings: ChannelSettings;
  readonly #begin = monotonicMs();
  #said: string | undefined;

  constructor(settings: ChannelSettings) {
    this.#settings = settings;
  }

  /** It has failed once more, for this reason. */
  note(error: SmipcError): void {
    if (monotonicMs() - this.#begin < kSilenceMs) return;
    const text = reasonOf(error);
    if (text !== this.#said) reportWait(this.#settings, text);
    this.#said = text;
  }
}

/** Why the role is not free. */
function reasonOf(error: SmipcError): string {
  const { pid } = error;
  if (isOwnerStillExiting(error)) return `process ${pid}, which had the role, is still ending`;
  return pid === undefined
    ? 'an ended stream is in the channel, and no reader has read it to the end'
    : `process ${pid} holds the role`;
}
