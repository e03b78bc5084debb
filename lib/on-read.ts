/** Reads into memory of the consumer's, the same again and again: the option `onread`. */
import { checkFunction, checkObject, invalidArgType, invalidArgValue } from './arguments.js';
import { type Endpoint, kEnd } from './endpoint.js';

/** The option `onread` of `createReadStream`, as `net.connect()` has it. */
export interface OnReadOptions {
  /** Where to read to, or a function that is asked for each read. */
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
  if (!(value instanceof Uint8Array)) {
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
    this.#buffer ??= this.#ask();
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
    const asked = buffer();
    checkBuffer('options.onread.buffer()', asked);
    return asked;
  }
}
