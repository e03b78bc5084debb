/** Opens a channel now, or as soon as its role is free. */

import { kDetailFields, Status } from '../environment/contract.js';
import { isDebugging, report } from '../environment/diagnostics.js';
import {
  acquireBell,
  monotonicMs,
  newId,
  pause,
  readyAddon,
  register,
  releaseBell,
  unregister,
} from '../environment/environment.js';
import { AbortError, SmipcError } from '../errors/errors.js';
import { isOwnerStillExiting } from '../failures/failures.js';
import { clearTimeout, setTimeout } from '../host/host.js';
import type { ChannelMode, ChannelSettings } from '../options/options.js';
import { type EndOf, openEnd } from './open-end.js';
import { OpeningLog } from './wait-log.js';

/**
 * The longest time, in milliseconds, until the role is tried again without a wake-up: its holder
 * may have died while no other process was in the channel to notice.
 */
const kRetryMs = 250;

/**
 * How long the next owner of a resumable role waits for the process of the last one to exit, in
 * milliseconds. That takes microseconds, or milliseconds if it had much memory, unless one of its
 * threads hangs in the kernel. No wake-up tells when it is over.
 */
const kDyingMs = 2000;
const kDyingRetryMs = 5;
const kDyingPauseMs = 0.2;

/** Whether opening failed for a reason that may pass, and should be tried again until then. */
function isWorthWaiting(
  error: unknown,
  settings: ChannelSettings,
  patienceEnd = Number.POSITIVE_INFINITY,
): boolean {
  if (isOwnerStillExiting(error) && monotonicMs() < patienceEnd) return true;
  return settings.wait && error instanceof SmipcError && error.code === 'EBUSY';
}

/** The opening has failed for good. */
function reportFailure({ name, mode }: ChannelSettings, error: unknown): void {
  report('error', { name, mode, error });
}

/** Opens the channel, unless its signal is aborted. */
function attempt<Mode extends ChannelMode>(settings: ChannelSettings<Mode>): EndOf<Mode> {
  if (settings.signal?.aborted) throw new AbortError(settings.signal);
  return openEnd(settings);
}

function retryBlocking<Mode extends ChannelMode>(settings: ChannelSettings<Mode>): EndOf<Mode> {
  // Held meanwhile, so that not every attempt creates a bell and removes it again.
  const bell = acquireBell(settings);
  const end = monotonicMs() + kDyingMs;
  try {
    for (;;) {
      pause(kDyingPauseMs);
      try {
        return attempt(settings);
      } catch (error) {
        if (!isOwnerStillExiting(error) || monotonicMs() >= end) throw error;
      }
    }
  } finally {
    if (bell !== undefined) releaseBell(bell);
  }
}

/**
 * Opens the channel now or not at all. It blocks, for 2 s at most, while the process of the last
 * owner is exiting.
 * @throws AbortError when its signal is aborted; SmipcError as openEnd.
 */
export function openBlocking<Mode extends ChannelMode>(
  settings: ChannelSettings<Mode>,
): EndOf<Mode> {
  try {
    try {
      return attempt(settings);
    } catch (error) {
      if (!isOwnerStillExiting(error)) throw error;
      return retryBlocking(settings);
    }
  } catch (error) {
    reportFailure(settings, error);
    throw error;
  }
}

/**
 * Opens the channel without blocking. Returns undefined if openWhenFree() may succeed later.
 * @throws as openBlocking
 */
export function tryOpen<Mode extends ChannelMode>(
  settings: ChannelSettings<Mode>,
): EndOf<Mode> | undefined {
  try {
    return attempt(settings);
  } catch (error) {
    if (isWorthWaiting(error, settings)) return undefined;
    reportFailure(settings, error);
    throw error;
  }
}

export interface OpenWaitOptions {
  signal: AbortSignal | undefined;
  /** Called with each timer that keeps the event loop alive during the wait for the role. */
  onTimer?: (timer: NodeJS.Timeout) => void;
}

/**
 * Opens the channel once its role is free; without `wait`, once its last owner's process has
 * exited.
 * @throws AbortError when `signal` is aborted; SmipcError as openEnd, but, with `wait`, never
 *   EBUSY.
 */
export async function openWhenFree<Mode extends ChannelMode>(
  settings: ChannelSettings<Mode>,
  { signal, onTimer }: OpenWaitOptions,
): Promise<EndOf<Mode>> {
  // Held as long as the wait lasts, so that not every attempt creates a bell and removes it again.
  const bell = acquireBell(settings);
  const patienceEnd = monotonicMs() + kDyingMs;
  const log = isDebugging() ? new OpeningLog(settings) : undefined;
  try {
    for (;;) {
      if (signal?.aborted) throw new AbortError(signal);
      // Watching begins before the attempt, so that a change in between is not missed.
      const watch = new RoleWatch(settings);
      try {
        return openEnd(settings);
      } catch (error) {
        if (!isWorthWaiting(error, settings, patienceEnd)) {
          reportFailure(settings, error);
          throw error;
        }
        log?.note(error as SmipcError);
        await watch.change(isOwnerStillExiting(error) ? kDyingRetryMs : kRetryMs, signal, onTimer);
      } finally {
        watch.stop();
      }
    }
  } finally {
    if (bell !== undefined) releaseBell(bell);
  }
}

/** A way to get an end: of a channel by its name (openerOf), or another. */
export interface Opener<Mode extends ChannelMode> {
  /** The channel's name, for errors. */
  readonly name: string;
  /**
   * The end, if it can be had at once; undefined: later() may succeed.
   * @throws why it cannot be had at all
   */
  now(): EndOf<Mode> | undefined;
  /** The end, once it can be had. Rejects with the reason if it cannot, or is not wanted any more. */
  later(options: OpenWaitOptions): Promise<EndOf<Mode>>;
}

/** Opens a channel by its name. */
export function openerOf<Mode extends ChannelMode>(settings: ChannelSettings<Mode>): Opener<Mode> {
  return {
    name: settings.name,
    now: () => tryOpen(settings),
    later: (options) => openWhenFree(settings, options),
  };
}

/** Reports when an owner takes or leaves a role of a channel. */
class RoleWatch {
  readonly #id = newId();
  readonly #isWatching: boolean;
  #wake: () => void = () => {};

  constructor({ directory, name, permissions }: ChannelSettings) {
    register(this.#id, this);
    const details = new Float64Array(kDetailFields.length);
    // If it fails, the attempt to open says why, or finds nothing to wait for.
    this.#isWatching =
      readyAddon().roleWaitStart(this.#id, directory, name, permissions, details) === Status.Ok;
  }

  wake(): void {
    this.#wake();
  }

  retired(): void {}

  /** Settles after `mostMs` at the latest. */
  change(
    mostMs: number,
    signal: AbortSignal | undefined,
    onTimer: ((timer: NodeJS.Timeout) => void) | undefined,
  ): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, mostMs);
      onTimer?.(timer);
      signal?.addEventListener('abort', done);
      this.#wake = done;
    });
  }

  stop(): void {
    unregister(this.#id);
    if (this.#isWatching) readyAddon().roleWaitStop(this.#id);
  }
}
