/** Takes messages out of the byte ring; messages.ts has the format. */
import { Buffer } from 'node:buffer';
import { kEnd, kNotYet, type ReadEnd } from '../endpoint/read-end.js';
import type { Wait } from '../environment/contract.js';
import { SmipcError } from '../errors/errors.js';
import { copyOfPart } from '../memory/own-memory.js';
import { kLengthBytes, lengthAt, tooLarge } from '../messages/messages.js';
import { giveBatchMemoryBack, kMostBatched, takeBatchMemory } from './batch-memory.js';
import type { ReusedMemory } from './reused-memory.js';
import type { Source } from './source.js';

/** The first memory of a message that says it is larger. It grows as bytes come, not before. */
const kFirstAssemblyBytes = 1024 * 1024;

/** A message on its way: `count` of its `size` bytes are there. */
interface Assembly {
  bytes: Buffer;
  /** What `bytes` were taken from; undefined: they have memory of their own. */
  memory: ReusedMemory | undefined;
  size: number;
  count: number;
}

/** Messages of a channel that is not resumable. */
export class MessageSource implements Source<Uint8Array> {
  readonly #end: ReadEnd;
  readonly #maxMessageSize: number;
  readonly #lends: boolean;
  /** Bytes taken out of the ring that are not delivered yet: from #from to #to. */
  #batch: Uint8Array | undefined;
  #from = 0;
  #to = 0;
  /** The size of the last message. */
  #lastSize = 0;
  /** A message of which the batch held a part only. */
  #assembly: Assembly | undefined;
  /** For such messages; undefined: they have memory of their own. */
  readonly #memory: ReusedMemory | undefined;

  /**
   * @param lends messages need no memory of their own: as in MessageSettings
   * @param memory for messages that are assembled. Default: each has memory of its own
   */
  constructor(end: ReadEnd, maxMessageSize: number, lends: boolean, memory?: ReusedMemory) {
    this.#end = end;
    this.#maxMessageSize = maxMessageSize;
    this.#lends = lends;
    this.#memory = memory;
  }

  /**
   * The next message, kNotYet or kEnd: see Source.next. A message that its writer did not finish is
   * not delivered.
   */
  next(mostBytes: number, wait: Wait): Uint8Array | typeof kNotYet | typeof kEnd {
    const limit = this.#end.position + mostBytes;
    for (;;) {
      const message = this.#assembly === undefined ? this.#take() : this.#assemble();
      if (message !== undefined) return message;
      if (this.#end.position >= limit) return kNotYet;
      const count = this.#fill(limit - this.#end.position, wait);
      if (count === kNotYet) return kNotYet;
      if (count === kEnd) {
        if (this.#assembly === undefined && this.#from === this.#to) return kEnd;
        const { name: channel } = this.#end;
        const text = 'the writer ended in the middle of a message';
        throw new SmipcError('ERR_SMIPC_CORRUPT', text, { syscall: 'read', channel });
      }
    }
  }

  /**
   * Returns a message that is whole in the batch. Otherwise begins an assembly, if its length is
   * there.
   */
  #take(): Uint8Array | undefined {
    const batch = this.#batch;
    const available = this.#to - this.#from;
    if (batch === undefined || available < kLengthBytes) return undefined;
    const size = lengthAt(batch, this.#from);
    if (size > this.#maxMessageSize) {
      throw tooLarge(this.#end.name, 'read', size, this.#maxMessageSize);
    }
    const start = this.#from + kLengthBytes;
    this.#lastSize = size;
    if (available - kLengthBytes >= size) {
      this.#from = start + size;
      if (this.#lends) return batch.subarray(start, this.#from);
      return copyOfPart(batch, start, this.#from);
    }
    const memory = this.#memory?.reclaim(size) === true ? this.#memory : undefined;
    const first = Math.min(size, kFirstAssemblyBytes);
    const bytes = memory?.take(size) ?? Buffer.allocUnsafeSlow(first);
    bytes.set(batch.subarray(start, this.#to));
    this.#assembly = { bytes, memory, size, count: this.#to - start };
    this.#from = this.#to;
    return undefined;
  }

  #assemble(): Uint8Array | undefined {
    const { bytes, memory, size, count } = this.#assembly as Assembly;
    if (count < size) return undefined;
    this.#assembly = undefined;
    return memory?.lend(size) ?? bytes;
  }

  /** Gets more bytes, into the assembly if there is one, otherwise into the batch. */
  #fill(most: number, wait: Wait): number {
    if (this.#assembly !== undefined) return this.#fillAssembly(this.#assembly, most, wait);
    this.#batch ??= takeBatchMemory();
    const batch = this.#batch;
    // What is left is less than a length.
    batch.copyWithin(0, this.#from, this.#to);
    this.#to -= this.#from;
    this.#from = 0;
    // After a large message only a length is taken, so that the bytes of the next one go straight
    // into its own memory. A message that is lent needs none.
    const mostBatched = this.#lends ? batch.length / 2 : kMostBatched;
    const wanted = this.#lastSize > mostBatched ? kLengthBytes : batch.length;
    const count = this.#end.read(batch, this.#to, wanted - this.#to, 1, wait);
    if (count > 0) {
      this.#to += count;
    } else if (this.#to === 0) {
      giveBatchMemoryBack(batch);
      this.#batch = undefined;
    }
    return count;
  }

  #fillAssembly(assembly: Assembly, most: number, wait: Wait): number {
    const { size } = assembly;
    if (assembly.count === assembly.bytes.length) {
      const bytes = Buffer.allocUnsafeSlow(Math.min(size, 2 * assembly.count));
      bytes.set(assembly.bytes);
      assembly.bytes = bytes;
    }
    const { bytes, count } = assembly;
    const room = Math.min(most, size - count, bytes.length - count);
    const added = this.#end.read(bytes, count, room, 1, wait);
    if (added > 0) assembly.count += added;
    return added;
  }
}
