/** A writer's end: puts bytes into the ring, or lends space in it. */
import type { Handle } from '../environment/addon.js';
import { Status, Wait } from '../environment/contract.js';
import type { SmipcError, Syscall } from '../errors/errors.js';
import { Endpoint } from './endpoint.js';

let writes = 0;

/** How many calls of this thread have put something into a ring. It wraps around: a small integer. */
export function writesSoFar(): number {
  return writes;
}

export class WriteEnd extends Endpoint {
  #ended = false;

  /**
   * The endpoint, which must be a writer's.
   * @throws SmipcError `EBADF` if it is not
   */
  static of(endpoint: Endpoint, syscall: Syscall = 'write'): WriteEnd {
    if (endpoint instanceof WriteEnd) return endpoint;
    throw endpoint.misuse('EBADF', 'the channel is open for reading', syscall);
  }

  override get ended(): boolean {
    return this.#ended;
  }

  /**
   * Puts in as much of `source`, `size` bytes from `from` on, as fits. With Wait.Arm, if that is
   * not all, the endpoint will be woken once there is space for the rest and for `behind` bytes
   * that queue behind it, or in half the ring.
   * @returns how many bytes are in
   */
  write(source: Uint8Array, from: number, size: number, behind: number, wait: Wait): number {
    const handle = this.#writeHandle();
    const count = this.#check(this.addon.endpointWrite(handle, source, from, size, behind, wait));
    this.#wrote(count);
    return count;
  }

  /**
   * As write(), with Wait.Arm and nothing behind; but a failure is neither thrown nor reported, and
   * nothing is in the ring then.
   * @returns how many bytes are in, or a number below 0
   */
  tryWrite(source: Uint8Array, size: number): number {
    if (this.#ended || this.state !== 'open') return -1;
    const count = this.addon.endpointWrite(this.handle, source, 0, size, 0, Wait.Arm);
    if (count > 0) this.#wrote(count);
    return count;
  }

  /** How much space is free: 0 if it is less than `size` now. */
  writable(size: number, wait: Wait): number {
    return this.#check(this.addon.endpointWritable(this.#writeHandle(), size, wait));
  }

  /** A view of the next `size` bytes of the space, until takeBack(). Needs canLend(). */
  lend(size: number): ArrayBuffer {
    return this.addon.endpointLend(this.openHandle('write'), size);
  }

  /** The next `size` bytes of the space have been filled: they are the reader's now. */
  publish(size: number): void {
    this.addon.endpointPublish(this.#writeHandle(), size);
    this.#wrote(size);
  }

  /** Has the reader consumed everything? If not, the endpoint will be woken when it has. */
  isDrainedOrArm(): boolean {
    return this.#check(this.addon.endpointDrainedOrArm(this.openHandle('wait'))) === 1;
  }

  /** Nothing more will be written. Idempotent. */
  end(): void {
    if (this.#ended) return;
    this.addon.endpointEnd(this.#writeHandle());
    this.#ended = true;
  }

  /**
   * Why nothing that is written will ever be read, if so. After end(), or once closed, this end has
   * nothing to lose.
   */
  get readerLoss(): SmipcError | undefined {
    if (this.state !== 'open' || this.#ended || this.awaitsSuccessor) return undefined;
    const { peer } = this;
    if (peer === 'closed') return this.failure(Status.PeerClosed, 'write');
    if (peer === 'died') return this.failure(Status.PeerDied, 'write');
    return undefined;
  }

  #wrote(size: number): void {
    this.move(size);
    writes = (writes + 1) | 0;
  }

  #writeHandle(): Handle {
    if (this.#ended) throw this.misuse('ERR_STREAM_WRITE_AFTER_END', 'write after end', 'write');
    return this.openHandle('write');
  }

  #check(result: number): number {
    if (result < 0) throw this.failure(result, 'write');
    return result;
  }
}
