/**
 * Takes messages out of a resumable channel. There every message stands whole in the ring, and only
 * whole messages are taken out of it, so that whoever comes next begins with a message.
 */
import { type Endpoint, kEnd } from './endpoint.js';
import { SmipcError } from './errors.js';
import { kLengthBytes, lengthAt, tooLarge } from './messages.js';
import { takeSlab } from './slab.js';

/** One allocation serves many messages. */
const kSlabBytes = 64 * 1024;
/** Rather take a new slab than look at less than this. */
const kLeastRoom = 8 * 1024;

/** What the message there takes in the ring, its length included; undefined: that cannot be seen. */
function sizeAt(bytes: Uint8Array, offset: number, end: number): number | undefined {
  if (end - offset < kLengthBytes) return undefined;
  return kLengthBytes + lengthAt(bytes, offset);
}

export class WholeMessageReader {
  readonly #endpoint: Endpoint;
  readonly #maxMessageSize: number;
  readonly #acknowledges: boolean;
  /** Has copies of whole messages from #from to #to; behind them is room. */
  #slab: Uint8Array = new Uint8Array(0);
  #from = 0;
  #to = 0;
  /** Acknowledging: the size of the message that was handed out last, and is still in the ring. */
  #held = 0;
  /** Of the message that was handed out last, and of the one before it. */
  #redelivered = false;
  #wasRedelivered = false;

  constructor(endpoint: Endpoint, maxMessageSize: number, acknowledges: boolean) {
    this.#endpoint = endpoint;
    this.#maxMessageSize = maxMessageSize;
    this.#acknowledges = acknowledges;
  }

  /**
   * Whether the message that was handed out last may have been handed out before, to another reader.
   * @param isBefore asks about the one before it.
   */
  isRedelivered(isBefore: boolean): boolean {
    return isBefore ? this.#wasRedelivered : this.#redelivered;
  }

  /** Acknowledging: a message was handed out, and is not done with. */
  get holdsOne(): boolean {
    return this.#held > 0;
  }

  /**
   * The next message; null: the end; undefined: not yet, and the endpoint will be woken. Acknowledges
   * the one before.
   */
  next(): Uint8Array | undefined | null {
    this.acknowledge();
    if (this.#from === this.#to) {
      const found = this.#look();
      if (found !== true) return found;
    }
    const start = this.#from;
    const size = sizeAt(this.#slab, start, this.#to) as number; // they are whole
    this.#from += size;
    if (this.#acknowledges) this.#hold(size);
    return this.#slab.subarray(start + kLengthBytes, this.#from);
  }

  /** The message that was handed out last is done with, and leaves the ring. */
  acknowledge(): void {
    if (this.#held === 0) return;
    this.#endpoint.consume(this.#held);
    this.#held = 0;
  }

  #hold(size: number): void {
    this.#held = size;
    this.#wasRedelivered = this.#redelivered;
    this.#redelivered = this.#endpoint.position < this.#endpoint.delivered;
    this.#endpoint.markDelivered(size);
  }

  /** Copies what stands at the ring's beginning behind the batch. true: there is a message. */
  #look(): true | undefined | null {
    for (let wanted = kLeastRoom; ; ) {
      this.#makeRoom(wanted);
      const room = this.#slab.length - this.#to;
      const count = this.#endpoint.peekOrArm(this.#slab, this.#to, room, 1);
      if (count === kEnd) return null;
      if (count === 0) return undefined;
      const available = this.#to + count;
      const size = this.#checkFirst(available, room);
      if (size <= count) {
        this.#to = this.#endOfWhole(available);
        if (!this.#acknowledges) this.#endpoint.consume(this.#to - this.#from);
        return true;
      }
      this.#checkThere(size);
      wanted = size;
    }
  }

  /** The size of the message at #to, of which there are bytes up to `available`. */
  #checkFirst(available: number, room: number): number {
    const { name: channel, capacity } = this.#endpoint;
    const size = sizeAt(this.#slab, this.#to, available);
    if (size !== undefined && size - kLengthBytes > this.#maxMessageSize) {
      throw tooLarge(channel, 'read', size - kLengthBytes, this.#maxMessageSize);
    }
    const count = available - this.#to;
    const isWhole = size !== undefined && size <= count;
    // It may be longer than the room. But if there was room for all that is in the ring, or it could
    // never be there as a whole, nobody who is honest has written it.
    if (size === undefined || (!isWhole && (count < room || size > capacity))) throw this.#torn();
    return size;
  }

  /** No memory is taken for a message because of what its length promises. */
  #checkThere(size: number): void {
    if (this.#endpoint.status().used < size) throw this.#torn();
  }

  #torn(): SmipcError {
    const text = 'a part of a message stands in a channel that has only whole ones';
    return new SmipcError('ERR_SMIPC_CORRUPT', text, {
      syscall: 'read',
      channel: this.#endpoint.name,
    });
  }

  #makeRoom(wanted: number): void {
    if (this.#slab.length - this.#to >= wanted) return;
    // Messages that were handed out are views of the slab before: it is not written again.
    this.#slab = takeSlab(Math.max(wanted, kSlabBytes));
    this.#from = 0;
    this.#to = 0;
  }

  /** Where the last message ends that is whole, of those from #from to `available`. */
  #endOfWhole(available: number): number {
    for (let end = this.#from; ; ) {
      const size = sizeAt(this.#slab, end, available);
      if (size === undefined || end + size > available) return end;
      // Its turn to be refused comes later.
      if (size - kLengthBytes > this.#maxMessageSize) return end;
      end += size;
    }
  }
}
