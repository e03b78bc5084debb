/** Opening a channel now, or as soon as its role is free. */
import { report } from './diagnostics.js';
import { Endpoint } from './endpoint.js';
import { acquireBell, native, newId, register, releaseBell, unregister } from './environment.js';
import { AbortError, SmipcError } from './errors.js';
import { Status } from './failures.js';
import type { ChannelSettings } from './options.js';

/**
 * How long at most until the role is tried again although nobody has said that it is free: its
 * holder may have died with nobody else in the channel who would notice.
 */
const kRetryMs = 250;

/** Whether opening failed for a reason that waiting may cure, and is to wait. */
export function isWorthWaiting(error: unknown, settings: ChannelSettings): boolean {
  return settings.wait && error instanceof SmipcError && error.code === 'EBUSY';
}

/** The opening has failed for good. */
export function reportFailure({ name, mode }: ChannelSettings, error: unknown): void {
  report('error', { name, mode, error });
}

/**
 * Opens the channel now or not at all.
 * @throws AbortError when its signal is aborted; SmipcError as Endpoint.open.
 */
export function openNow(settings: ChannelSettings): Endpoint {
  if (settings.signal?.aborted) throw new AbortError(settings.signal);
  try {
    return Endpoint.open(settings);
  } catch (error) {
    reportFailure(settings, error);
    throw error;
  }
}

export interface OpenWaitOptions {
  signal: AbortSignal | undefined;
  /** Is given each timer that keeps the event loop alive while the role is waited for. */
  onTimer?: (timer: NodeJS.Timeout) => void;
}

/**
 * Opens the channel once its role is free.
 * @throws AbortError when `signal` is aborted; SmipcError as Endpoint.open, but never EBUSY.
 */
export async function openWhenFree(
  settings: ChannelSettings,
  { signal, onTimer }: OpenWaitOptions,
): Promise<Endpoint> {
  // Held as long as the wait lasts, or each attempt would make one and remove it again.
  const hasBell = acquireBell(settings);
  try {
    for (;;) {
      if (signal?.aborted) throw new AbortError(signal);
      // Watching begins before the attempt, so that a change in between is not missed.
      const watch = new RoleWatch(settings);
      try {
        return Endpoint.open(settings);
      } catch (error) {
        if (!isWorthWaiting(error, settings)) {
          reportFailure(settings, error);
          throw error;
        }
        await watch.change(signal, onTimer);
      } finally {
        watch.stop();
      }
    }
  } finally {
    if (hasBell) releaseBell(settings.directory);
  }
}

/** Reports when somebody comes to a channel or leaves it. */
class RoleWatch {
  readonly #id = newId();
  readonly #isWatching: boolean;
  #wake: () => void = () => {};

  constructor({ directory, name, permissions }: ChannelSettings) {
    register(this.#id, this);
    const details = new Float64Array(2);
    // If it fails, the attempt to open will say why, or find nothing to wait for.
    this.#isWatching =
      native().roleWaitStart(this.#id, directory, name, permissions, details) === Status.Ok;
  }

  wake(): void {
    this.#wake();
  }

  retired(): void {}

  change(
    signal: AbortSignal | undefined,
    onTimer: ((timer: NodeJS.Timeout) => void) | undefined,
  ): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, kRetryMs);
      onTimer?.(timer);
      signal?.addEventListener('abort', done);
      this.#wake = done;
    });
  }

  stop(): void {
    unregister(this.#id, this);
    if (this.#isWatching) native().roleWaitStop(this.#id);
  }
}
