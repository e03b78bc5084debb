/** A reader's end: takes bytes out of the ring, or shows them there. */
import { Status, type Wait } from '../environment/contract.js';
import { Endpoint } from './endpoint.js';

/** What a call returns if nothing can be read now: with Wait.Arm, the endpoint will be woken. */
export const kNotYet = 0;
/** What it returns once the writer has ended and every byte has been read. */
export const kEnd = Status.PeerEnded;

export class ReadEnd extends Endpoint {
  #ended = false;

  /**
   * The endpoint, which must be a reader's.
   * @throws SmipcError `EBADF` if it is not
   */
  static of(endpoint: Endpoint): ReadEnd {
    if (endpoint instanceof ReadEnd) return endpoint;
    throw endpoint.misuse('EBADF', 'the channel is open for writing', 'read');
  }

  override get ended(): boolean {
    if (!this.#ended && this.state === 'open') {
      this.#ended = this.addon.endpointHasEnded(this.handle);
    }
    return this.#ended;
  }

  /**
   * Takes up to `size` bytes, into `target` at `from`.
   * @returns how many; kNotYet if fewer than `min` are there; kEnd
   */
  read(target: Uint8Array, from: number, size: number, min: number, wait: Wait): number {
    const handle = this.openHandle('read');
    const count = this.#check(this.addon.endpointRead(handle, target, from, size, min, wait));
    if (count > 0) this.move(count);
    return count;
  }

  /** Copies the bytes that read() would take, and leaves them in the ring until consume(). */
  peek(target: Uint8Array, from: number, size: number, min: number, wait: Wait): number {
    const handle = this.openHandle('read');
    return this.#check(this.addon.endpointPeek(handle, target, from, size, min, wait));
  }

  /** How many bytes can be read; kNotYet if fewer than `min` are there; kEnd. */
  readable(min: number, wait: Wait): number {
    return this.#check(this.addon.endpointReadable(this.openHandle('read'), min, wait));
  }

  /** Takes `size` bytes out of the ring, which a peek has shown. */
  consume(size: number): void {
    this.addon.endpointConsume(this.openHandle('read'), size);
    this.move(size);
  }

  /** Notes that the next `size` bytes were delivered, although they stay in the ring. */
  markDelivered(size: number): void {
    this.addon.endpointMarkDelivered(this.openHandle('read'), size);
  }

  /** A view of the next `size` bytes that can be read, until takeBack(). Needs canLend(). */
  lend(size: number): ArrayBuffer {
    return this.addon.endpointLend(this.openHandle('read'), size);
  }

  /** The native call's own number, unless it is a failure. */
  #check(result: number): number {
    if (result >= 0) return result;
    if (result !== kEnd) throw this.failure(result, 'read');
    this.#ended = true;
    return kEnd;
  }
}
