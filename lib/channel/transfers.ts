/** Reads and writes in several steps, which `Channel` repeats until they are done. */

import type { Endpoint } from '../endpoint/endpoint.js';
import { type Aim, timeoutError } from '../endpoint/obstacles.js';
import { kEnd, kNotYet, ReadEnd } from '../endpoint/read-end.js';
import { WriteEnd } from '../endpoint/write-end.js';
import { Status, type Wait } from '../environment/contract.js';
import { monotonicMs } from '../environment/environment.js';
import { checkInteger, checkObject, invalidArgType } from '../errors/arguments.js';
import type { SmipcError } from '../errors/errors.js';
import { now } from '../host/host.js';
import { isGone, toBytes } from '../memory/bytes.js';
import { readWaitOptions, type WaitOptions } from '../options/options.js';

/** Options of the calls of a `Channel` that read and wait. */
export interface ReadOptions extends WaitOptions {
  /**
   * The least number of bytes to wait for: 1 up to the size of the target, or, for `peek`, up to
   * the capacity. Fewer come only if the writer has left and no more are there. Default: 1.
   */
  min?: number | undefined;
}

/**
 * How long a blocking call sleeps at a time, in milliseconds. In between, JavaScript runs for a
 * moment, which is when `worker.terminate()` can stop it, and the call checks for deaths that no
 * kernel reports.
 */
const kParkMs = 20;

/**
 * The bytes of a view that a call was given. A view whose memory was transferred away fails here;
 * it would look empty, and a read of 0 bytes means the end, a write of 0 bytes success.
 */
export function bytesOf(endpoint: Endpoint, name: 'target' | 'source', view: unknown): Uint8Array {
  if (!ArrayBuffer.isView(view)) throw invalidArgType(name, 'an ArrayBufferView', view);
  if (isGone(view)) throw endpoint.failure(Status.Detached, name === 'target' ? 'read' : 'write');
  return toBytes(view);
}

/** One read of at least `min` bytes, in as many steps as it takes. */
export class Reading {
  readonly #endpoint: Endpoint;
  readonly #target: Uint8Array;
  /** The target's size when the call was made: the native side notices if it has changed. */
  readonly #size: number;
  readonly #min: number;
  #count = 0;

  constructor(endpoint: Endpoint, target: ArrayBufferView, options: ReadOptions) {
    checkObject('options', options);
    this.#target = bytesOf(endpoint, 'target', target);
    this.#size = this.#target.length;
    this.#min = checkInteger('options.min', options.min ?? 1, 1, Math.max(1, this.#size));
    if (this.#size === 0) this.#min = 0;
    this.#endpoint = endpoint;
  }

  /** The number of bytes once it is done; undefined: not yet. */
  attempt(wait: Wait): number | undefined {
    while (this.#count < this.#min) {
      const missing = Math.min(this.#min - this.#count, this.#endpoint.capacity);
      const count = this.#step(missing, wait);
      if (count === kEnd) return this.#count;
      if (count === kNotYet) return undefined;
      this.#count += count;
    }
    return this.#count;
  }

  #step(missing: number, wait: Wait): number {
    const from = this.#count;
    try {
      const end = ReadEnd.of(this.#endpoint);
      return end.read(this.#target, from, this.#size - from, missing, wait);
    } catch (error) {
      // The writer is lost, but bytes that were read before count first.
      if (this.#count > 0 && (error as SmipcError).code === 'ECONNRESET') return kEnd;
      throw error;
    }
  }
}

/** One write of all bytes, in as many steps as it takes. */
export class Writing {
  readonly #endpoint: Endpoint;
  readonly #source: Uint8Array;
  readonly #size: number;
  #count = 0;

  constructor(endpoint: Endpoint, source: ArrayBufferView) {
    this.#source = bytesOf(endpoint, 'source', source);
    this.#size = this.#source.length;
    this.#endpoint = endpoint;
  }

  /** true once it is done; undefined: not yet. */
  attempt(wait: Wait): true | undefined {
    const rest = this.#size - this.#count;
    const end = WriteEnd.of(this.#endpoint);
    this.#count += end.write(this.#source, this.#count, rest, 0, wait);
    return this.#count === this.#size || undefined;
  }
}

/** Repeats an attempt that parks the thread until it succeeds or the time is over. */
export function block<T>(
  endpoint: Endpoint,
  aim: Aim,
  options: Omit<WaitOptions, 'signal'>,
  attempt: (wait: Wait) => T | undefined,
): T {
  const { timeout } = readWaitOptions(options);
  const start = timeout === undefined ? 0 : now();
  let deadline: number | undefined;
  let left = timeout ?? kParkMs;
  for (;;) {
    endpoint.checkWhileBlocked();
    const parkMs = Math.min(kParkMs, Math.ceil(left));
    const result = attempt(parkMs);
    if (result !== undefined) return result;
    if (timeout === undefined) continue;
    // By the kernel's clock, since the other may be a test runner's fake. Most calls need not wait,
    // and asking the kernel would cost more than they do; so it is asked after the first sleep
    // only, which a fake clock can make no more than twice as long.
    deadline ??= monotonicMs() + timeout - Math.min(Math.max(0, now() - start), parkMs);
    left = deadline - monotonicMs();
    if (left <= 0) throw timeoutError(endpoint, aim, timeout);
  }
}
