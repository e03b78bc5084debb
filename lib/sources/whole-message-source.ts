/**
 * Takes messages out of a resumable channel. Every message in its ring is whole, and only whole
 * messages are taken out of it, so that the next reader begins with a message.
 */
import { Buffer } from 'node:buffer';
import { kEnd, kNotYet, type ReadEnd } from '../endpoint/read-end.js';
import { Wait } from '../environment/contract.js';
import { canLend } from '../environment/environment.js';
import { SmipcError } from '../errors/errors.js';
import { copyOfPart } from '../memory/own-memory.js';
import { kLengthBytes, lengthAt, tooLarge } from '../messages/messages.js';
import { giveBatchMemoryBack, takeBatchMemory } from './batch-memory.js';
import type { ReusedMemory } from './reused-memory.js';
import type { Source } from './source.js';

/** The bytes that the message at `offset` takes in the ring; undefined: its length is not whole. */
function sizeAt(bytes: Uint8Array, offset: number, end: number): number | undefined {
  if (end - offset < kLengthBytes) return undefined;
  return kLengthBytes + lengthAt(bytes, offset);
}

interface WholeMessageSettings {
  readonly maxMessageSize: number;
  /** A message stays in the ring until the next one is asked for. */
  readonly acknowledges: boolean;
  /** Messages need no memory of their own: as in MessageSettings. */
  readonly lends: boolean;
}

/** Messages of a resumable channel. */
export class WholeMessageSource implements Source<Uint8Array> {
  readonly #end: ReadEnd;
  readonly #maxMessageSize: number;
  readonly #acknowledges: boolean;
  readonly #lends: boolean;
  /** Holds copies of whole messages, from #from to #to. */
  #batch: Uint8Array | undefined;
  #from = 0;
  #to = 0;
  /** The size of the last message. */
  #lastSize = 0;
  /** Acknowledging: the size of the last delivered message, while it is still in the ring. */
  #held = 0;
  /** Whether the last message was delivered before, and whether the one before it was. */
  #redelivered = false;
  #wasRedelivered = false;

  /** For messages that are larger than the batch; undefined: they have memory of their own. */
  readonly #memory: ReusedMemory | undefined;

  constructor(end: ReadEnd, settings: WholeMessageSettings, memory?: ReusedMemory) {
    this.#end = end;
    this.#maxMessageSize = settings.maxMessageSize;
    this.#acknowledges = settings.acknowledges;
    this.#lends = settings.lends;
    this.#memory = memory;
  }

  /**
   * Whether the last message may have been delivered before, to another reader.
   * @param isBefore asks about the message before the last one.
   */
  isRedelivered(isBefore: boolean): boolean {
    return isBefore ? this.#wasRedelivered : this.#redelivered;
  }

  /** Acknowledging: whether a message was delivered, and the consumer is not done with it. */
  get holdsOne(): boolean {
    return this.#held > 0;
  }

  /**
   * The next message, kNotYet or kEnd: see Source.next. Acknowledges the message before it.
   */
  next(mostBytes: number, wait: Wait): Uint8Array | typeof kNotYet | typeof kEnd {
    this.acknowledge();
    if (this.#from === this.#to) {
      if (mostBytes === 0) return kNotYet;
      const found = this.#fillBatch(wait);
      if (found !== true) return found;
    }
    const batch = this.#batch as Uint8Array; // #fillBatch() has filled it
    const start = this.#from + kLengthBytes;
    const size = lengthAt(batch, this.#from);
    this.#from = start + size;
    this.#lastSize = size;
    if (this.#acknowledges) this.#hold(kLengthBytes + size);
    if (this.#lends) return batch.subarray(start, this.#from);
    return copyOfPart(batch, start, this.#from);
  }

  /** The consumer is done with the last message: takes it out of the ring, if it is still there. */
  acknowledge(): boolean {
    if (this.#held === 0) return false;
    this.#end.consume(this.#held);
    this.#held = 0;
    return true;
  }

  #hold(size: number): void {
    this.#held = size;
    this.#wasRedelivered = this.#redelivered;
    this.#redelivered = this.#end.position < this.#end.delivered;
    this.#end.markDelivered(size);
  }

  /** true: the batch has messages. A message: one too large for the batch. */
  #fillBatch(wait: Wait): true | Uint8Array | typeof kNotYet | typeof kEnd {
    this.#batch ??= takeBatchMemory();
    const batch = this.#batch;
    // After a message that filled half the batch, only a length: the bytes of a large message are
    // copied once then.
    const room = this.#lastSize > batch.length / 2 ? kLengthBytes : batch.length;
    const count = this.#end.peek(batch, 0, room, 1, wait);
    if (count === kEnd || count === kNotYet) {
      giveBatchMemoryBack(batch);
      this.#batch = undefined;
      return count;
    }
    const size = this.#checkFirst(batch, count, room);
    if (size > count) return this.#takeAlone(size);
    this.#from = 0;
    this.#to = this.#endOfWhole(batch, count);
    if (!this.#acknowledges) this.#end.consume(this.#to);
    return true;
  }

  /** Reads the next message, `size` bytes with its length, without the batch. */
  #takeAlone(size: number): Uint8Array {
    // No memory is allocated on the word of a length: the bytes must be there.
    if (this.#end.readable(size, Wait.Return) < size) throw this.#torn();
    this.#lastSize = size - kLengthBytes;
    const message = this.#copy(size);
    if (this.#acknowledges) this.#hold(size);
    else this.#end.consume(size);
    return message;
  }

  #copy(size: number): Uint8Array {
    const length = size - kLengthBytes;
    const memory = this.#memory?.reclaim(length) === true ? this.#memory : undefined;
    const message = memory?.take(length) ?? Buffer.allocUnsafeSlow(length);
    if (canLend()) this.#copyFromView(size, message);
    else this.#copyTwice(size, message);
    return memory?.lend(length) ?? message;
  }

  #copyFromView(size: number, message: Uint8Array): void {
    const view = this.#end.lend(size);
    try {
      message.set(new Uint8Array(view, kLengthBytes));
    } finally {
      this.#end.takeBack(view);
    }
  }

  /** For a runtime that allows no view of the ring. */
  #copyTwice(size: number, message: Uint8Array): void {
    const bytes = Buffer.allocUnsafeSlow(size);
    this.#end.peek(bytes, 0, size, size, Wait.Return);
    message.set(bytes.subarray(kLengthBytes));
  }

  /** The size, with its length, of the first message in these `count` bytes of the ring. */
  #checkFirst(batch: Uint8Array, count: number, room: number): number {
    const { name: channel, capacity } = this.#end;
    const size = sizeAt(batch, 0, count);
    if (size !== undefined && size - kLengthBytes > this.#maxMessageSize) {
      throw tooLarge(channel, 'read', size - kLengthBytes, this.#maxMessageSize);
    }
    const isWhole = size !== undefined && size <= count;
    // A message may be larger than the room. But if the room held all that is in the ring, or if
    // the message is larger than the ring, no sound writer has written it.
    if (size === undefined || (!isWhole && (count < room || size > capacity))) throw this.#torn();
    return size;
  }

  #torn(): SmipcError {
    const text =
      'the ring holds part of a message, but a resumable channel holds whole messages only';
    return new SmipcError('ERR_SMIPC_CORRUPT', text, {
      syscall: 'read',
      channel: this.#end.name,
    });
  }

  /** The end of the last message that is whole within the first `available` bytes. */
  #endOfWhole(batch: Uint8Array, available: number): number {
    for (let end = 0; ; ) {
      const size = sizeAt(batch, end, available);
      if (size === undefined || end + size > available) return end;
      // Too large: it is refused when it is the next one.
      if (size - kLengthBytes > this.#maxMessageSize) return end;
      end += size;
    }
  }
}
