/** Reads into memory of the consumer's, the same again and again: the option `onread`. */

import { type Endpoint, kEnd } from '../endpoint/endpoint.js';
import {
  checkFunction,
  checkObject,
  invalidArgType,
  invalidArgValue,
} from '../errors/arguments.js';
import { Status } from '../failures/failures.js';
import { isBytes, isGone } from '../memory/bytes.js';

/** The option `onread` of `createReadStream`, as `net.connect()` has it. */
export interface OnReadOptions {
  /**
   * Where to read to, or a function that is asked for each read. A buffer whose memory is transferred
   * away, or shrunk to nothing, ends the stream with `ERR_INVALID_STATE`, unless everything has been
   * read; a function is asked for another one first.
   */
  buffer: Uint8Array | (() => Uint8Array);
  /**
   * Called with the number of bytes that were read, and the buffer they are in, from its start. They
   * are its until it returns; then they are written over. If it returns `false`, the stream is paused.
   */
  callback: (bytesRead: number, buffer: Uint8Array) => unknown;
}

/** Checks the option. `isBytes`: the stream carries bytes, and hands them out as they are. */
export function readOnReadOptions(value: unknown, isBytes: boolean): OnReadOptions | undefined {
  if (value === undefined) return undefined;
  checkObject('options.onread', value);
  const { buffer, callback } = value as OnReadOptions;
  checkFunction('options.onread.callback', callback);
  if (typeof buffer !== 'function') checkBuffer('options.onread.buffer', buffer);
  if (!isBytes) {
    const reason = 'cannot be combined with objectMode, messages or encoding';
    throw invalidArgValue('options.onread', reason, value);
  }
  return { buffer, callback };
}

function checkBuffer(name: string, value: unknown): asserts value is Uint8Array {
  if (!isBytes(value)) {
    throw invalidArgType(name, 'an instance of Uint8Array, or a function', value);
  }
  if (value.length === 0) throw invalidArgValue(name, 'must not be empty', value);
}

export class BufferReader {
  readonly #endpoint: Endpoint;
  readonly #options: OnReadOptions;
  /** The one that was asked for, until something was read into it. */
  #buffer: Uint8Array | undefined;

  constructor(endpoint: Endpoint, options: OnReadOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
  }

  /** The number of bytes; undefined: none now, and the endpoint will be woken; null: the end. */
  next(most: number): number | undefined | null {
    // Its memory may be gone since the read began to wait: then a function is asked once more.
    if (this.#buffer?.length === 0) this.#buffer = undefined;
    this.#buffer ??= this.#ask();
    if (this.#buffer.length === 0) {
      // A read of 0 bytes would pass for one that waits, and nobody would be told.
      if (this.#endpoint.ended) return null;
      throw this.#endpoint.failure(Status.Detached, 'read');
    }
    const size = Math.min(most, this.#buffer.length);
    const count = this.#endpoint.readOrArm(this.#buffer, 0, size, 1);
    if (count === kEnd) return null;
    return count === 0 ? undefined : count;
  }

  /** Hands out what was read. Whether the consumer wants more. */
  hand(count: number): boolean {
    const buffer = this.#buffer as Uint8Array;
    this.#buffer = undefined;
    return this.#options.callback(count, buffer) !== false;
  }

  #ask(): Uint8Array {
    const { buffer } = this.#options;
    if (typeof buffer !== 'function') return buffer;
    const asked: unknown = buffer();
    // What is gone is for next() to say.
    if (!isBytes(asked) || !isGone(asked)) checkBuffer('options.onread.buffer()', asked);
    return asked;
  }
}
