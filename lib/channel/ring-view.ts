/** Views of the ring that are lent to a function of the user's, and taken back when it returns. */
import { Buffer } from 'node:buffer';
import { type Endpoint, kEnd, type WaitMode } from '../endpoint/endpoint.js';
import { canLend } from '../environment/environment.js';
import { checkInteger } from '../errors/arguments.js';
import { SmipcError } from '../errors/errors.js';

/**
 * Gets a view, and returns how many of its bytes, from the start, it is done with: read, or written.
 * The view is detached when it returns.
 */
export type ViewFunction = (view: Buffer) => number;

export class RingView {
  readonly #endpoint: Endpoint;
  #isLent = false;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** A function of the user's is running, and has the view. */
  get isLent(): boolean {
    return this.#isLent;
  }

  /** How many bytes `fn` has consumed, 0 at the end; undefined: fewer than `min` are there. */
  peek(fn: ViewFunction, min: number, waitMode: WaitMode): number | undefined {
    const size = this.#endpoint.readable(min, waitMode);
    if (size === kEnd) return 0;
    if (size === 0) return undefined;
    const bytes = canLend() ? this.#endpoint.lend(size) : this.#copy(size);
    return this.#show(fn, bytes, (count) => this.#endpoint.consume(count));
  }

  /** How many bytes `fn` has published; undefined: there is no space for `size`. */
  reserve(size: number, fn: ViewFunction, waitMode: WaitMode): number | undefined {
    if (this.#endpoint.writable(size, waitMode) === 0) return undefined;
    if (canLend()) {
      const space = this.#endpoint.lend(size);
      return this.#show(fn, space, (count) => this.#endpoint.publish(count));
    }
    // Zeros: what `fn` says it has written goes to the peer, written or not.
    const bytes = new Uint8Array(size);
    return this.#show(fn, bytes.buffer, (count) => void this.#endpoint.write(bytes, 0, count));
  }

  #copy(size: number): ArrayBuffer {
    const bytes = new Uint8Array(size);
    this.#endpoint.peekOrArm(bytes, 0, size, 1);
    return bytes.buffer;
  }

  #show(fn: ViewFunction, memory: ArrayBuffer, finish: (count: number) => void): number {
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
      // Else somebody may use it for ever, and the native side never unmaps it.
      if (!isMoved()) this.#endpoint.takeBack(memory);
    }
  }

  #moved(): SmipcError {
    const { name: channel, mode } = this.#endpoint;
    const syscall = mode === 'r' ? 'read' : 'write';
    const text = 'the function transferred the memory of its view away';
    return new SmipcError('ERR_INVALID_STATE', text, { syscall, channel });
  }
}
