/** The option `onread`: reads into a buffer of the consumer's, which is used again and again. */

import { kEnd, type ReadEnd } from '../endpoint/read-end.js';
import { Status, type Wait } from '../environment/contract.js';
import {
  checkFunction,
  checkObject,
  invalidArgType,
  invalidArgValue,
} from '../errors/arguments.js';
import { isBytes, isGone } from '../memory/bytes.js';
import type { Source } from './source.js';

/** The option `onread` of `createReadStream`, which works as that of `net.connect()`. */
export interface OnReadOptions {
  /**
   * The buffer to read into, or a function that returns one, called before each read. If its memory
   * is transferred away or shrunk to nothing, a function is asked for another buffer; otherwise the
   * stream fails with `ERR_INVALID_STATE`, unless everything has been read.
   */
  buffer: Uint8Array | (() => Uint8Array);
  /**
   * Called after each read with the number of bytes and the buffer, which holds them from its
   * start. When the callback returns, the next read may overwrite them. If it returns `false`, the
   * stream is paused.
   */
  callback: (bytesRead: number, buffer: Uint8Array) => unknown;
}

/**
 * Checks the option. `isBytes`: the stream carries bytes, and delivers them without an encoding.
 */
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

/** Counts of bytes, which are in the consumer's memory. */
export class BufferSource implements Source<number> {
  readonly #end: ReadEnd;
  readonly #options: OnReadOptions;
  /** The buffer for the next read, until something was read into it. */
  #buffer: Uint8Array | undefined;

  constructor(end: ReadEnd, options: OnReadOptions) {
    this.#end = end;
    this.#options = options;
  }

  /**
   * Reads into the consumer's buffer: how many bytes, kNotYet or kEnd: see Source.next. They are to
   * be handed out before the next call.
   */
  next(mostBytes: number, wait: Wait): number {
    // Its memory may have been transferred away while the read waited: ask a function for another.
    if (this.#buffer?.length === 0) this.#buffer = undefined;
    this.#buffer ??= this.#ask();
    if (this.#buffer.length === 0) {
      // A read of 0 bytes would look like one that waits, and no wake-up would come.
      if (this.#end.ended) return kEnd;
      throw this.#end.failure(Status.Detached, 'read');
    }
    const size = Math.min(mostBytes, this.#buffer.length);
    return this.#end.read(this.#buffer, 0, size, 1, wait);
  }

  /** Gives the consumer what was read. Returns whether it wants more. */
  hand(count: number): boolean {
    const buffer = this.#buffer as Uint8Array;
    this.#buffer = undefined;
    return this.#options.callback(count, buffer) !== false;
  }

  #ask(): Uint8Array {
    const { buffer } = this.#options;
    if (typeof buffer !== 'function') return buffer;
    const asked: unknown = buffer();
    // A buffer without memory is refused by next().
    if (!isBytes(asked) || !isGone(asked)) checkBuffer('options.onread.buffer()', asked);
    return asked;
  }
}
