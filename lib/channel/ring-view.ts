/** Lends views of the ring to a function of the user's, and takes them back when it returns. */
import { Buffer } from 'node:buffer';
import type { Endpoint } from '../endpoint/endpoint.js';
import { kEnd, kNotYet, ReadEnd } from '../endpoint/read-end.js';
import { WriteEnd } from '../endpoint/write-end.js';
import { Wait } from '../environment/contract.js';
import { canLend } from '../environment/environment.js';
import { checkInteger } from '../errors/arguments.js';
import { SmipcError } from '../errors/errors.js';

/**
 * A function given to `peek` or `reserve`. It gets a view, and returns how many bytes, from the
 * start of the view, it has read or written. The view is detached when it returns.
 */
export type ViewFunction = (view: Buffer) => number;

export class RingView {
  readonly #endpoint: Endpoint;
  #isLent = false;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** Whether a function of the user's is running and has a view. */
  get isLent(): boolean {
    return this.#isLent;
  }

  /** How many bytes `fn` consumed, 0 at the end; undefined: fewer than `min` are there. */
  peek(fn: ViewFunction, min: number, wait: Wait): number | undefined {
    const end = ReadEnd.of(this.#endpoint);
    const size = end.readable(min, wait);
    if (size === kEnd) return 0;
    if (size === kNotYet) return undefined;
    const bytes = canLend() ? end.lend(size) : copyOf(end, size);
    return this.#show(fn, bytes, end, (count) => end.consume(count));
  }

  /** How many bytes `fn` published; undefined: there is no space for `size`. */
  reserve(size: number, fn: ViewFunction, wait: Wait): number | undefined {
    const end = WriteEnd.of(this.#endpoint);
    if (end.writable(size, wait) === 0) return undefined;
    if (canLend()) {
      return this.#show(fn, end.lend(size), end, (count) => end.publish(count));
    }
    // Zeros: the bytes that `fn` counts go to the peer, even if it has not written them.
    const bytes = new Uint8Array(size);
    const write = (count: number): void => void end.write(bytes, 0, count, 0, Wait.Return);
    return this.#show(fn, bytes.buffer, end, write);
  }

  #show(
    fn: ViewFunction,
    memory: ArrayBuffer,
    end: ReadEnd | WriteEnd,
    finish: (count: number) => void,
  ): number {
    const size = memory.byteLength;
    const isMoved = (): boolean => memory.byteLength !== size;
    this.#isLent = true;
    try {
      const count = checkInteger('fn(view)', fn(Buffer.from(memory)), 0, size);
      if (isMoved()) throw this.#moved();
      if (count > 0) finish(count);
      return count;
    } finally {
      this.#isLent = false;
      // Otherwise the function may keep the view for ever, and the ring is never unmapped.
      if (!isMoved()) end.takeBack(memory);
    }
  }

  #moved(): SmipcError {
    const { name: channel, mode } = this.#endpoint;
    const syscall = mode === 'r' ? 'read' : 'write';
    const text = 'the function transferred the memory of its view away';
    return new SmipcError('ERR_INVALID_STATE', text, { syscall, channel });
  }
}

/** For runtimes that allow no view of the ring. */
function copyOf(end: ReadEnd, size: number): ArrayBuffer {
  const bytes = new Uint8Array(size);
  end.peek(bytes, 0, size, 1, Wait.Return);
  return bytes.buffer;
}
