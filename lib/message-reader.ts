/** Takes messages out of the byte ring; messages.ts has the format. */
import { Buffer } from 'node:buffer';
import { type Endpoint, kEnd } from './endpoint.js';
import { SmipcError } from './errors.js';
import { kLengthBytes, lengthAt, tooLarge } from './messages.js';
import { takeSlab } from './slab.js';

/** Bytes are taken out of the ring into chunks, and most messages are views of them. */
const kChunkBytes = 64 * 1024;
/** If messages are large, in larger ones, so that one holds a few. */
const kLargeChunkBytes = 256 * 1024;
const kMessagesInChunk = 4;
/** First memory for a message that its sender says is larger: it grows as bytes come, not before. */
const kFirstAssemblyBytes = 1024 * 1024;

/** A message on its way: `count` of its `size` bytes are there. */
interface Assembly {
  bytes: Buffer;
  size: number;
  count: number;
}

/** Takes messages out of a channel. */
export class MessageReader {
  readonly #endpoint: Endpoint;
  readonly #maxMessageSize: number;
  /** Bytes out of the ring that are not part of a delivered message yet. */
  #chunk: Uint8Array = new Uint8Array(0);
  #from = 0;
  #to = 0;
  /** Of the message that came last. */
  #lastSize = 0;
  /** A message that was not whole in one chunk. */
  #assembly: Assembly | undefined;

  constructor(endpoint: Endpoint, maxMessageSize: number) {
    this.#endpoint = endpoint;
    this.#maxMessageSize = maxMessageSize;
  }

  /**
   * The next message; null: the end; undefined: not yet. Then either the endpoint will be woken, or
   * `mostBytes` have been taken out of the ring. A message that its writer did not finish is not
   * delivered.
   */
  next(mostBytes: number): Uint8Array | undefined | null {
    const limit = this.#endpoint.position + mostBytes;
    for (;;) {
      const message = this.#assembly === undefined ? this.#take() : this.#assemble();
      if (message !== undefined) return message;
      if (this.#endpoint.position >= limit) return undefined;
      const count = this.#fill(limit - this.#endpoint.position);
      if (count === 0) return undefined;
      if (count === kEnd) {
        if (this.#assembly === undefined && this.#from === this.#to) return null;
        const { name: channel } = this.#endpoint;
        const text = 'the writer ended in the middle of a message';
        throw new SmipcError('ERR_SMIPC_CORRUPT', text, { syscall: 'read', channel });
      }
    }
  }

  /** A message that is whole in the chunk; else begins an assembly, if its length is known. */
  #take(): Uint8Array | undefined {
    const available = this.#to - this.#from;
    if (available < kLengthBytes) return undefined;
    const size = lengthAt(this.#chunk, this.#from);
    if (size > this.#maxMessageSize) {
      throw tooLarge(this.#endpoint.name, 'read', size, this.#maxMessageSize);
    }
    this.#from += kLengthBytes;
    this.#lastSize = size;
    if (available - kLengthBytes >= size) {
      const message = this.#chunk.subarray(this.#from, this.#from + size);
      this.#from += size;
      return message;
    }
    const bytes = Buffer.allocUnsafeSlow(Math.min(size, kFirstAssemblyBytes));
    const count = available - kLengthBytes;
    bytes.set(this.#chunk.subarray(this.#from, this.#to));
    this.#from = this.#to;
    this.#assembly = { bytes, size, count };
    return undefined;
  }

  #assemble(): Uint8Array | undefined {
    const { bytes, size, count } = this.#assembly as Assembly;
    if (count < size) return undefined;
    this.#assembly = undefined;
    return bytes;
  }

  /** Gets more bytes: into the assembly if there is one, else into a chunk. */
  #fill(most: number): number {
    if (this.#assembly !== undefined) return this.#fillAssembly(this.#assembly, most);
    const left = this.#to - this.#from;
    if (this.#chunk.length - this.#to < kChunkBytes / 2) {
      // Delivered messages are views of the old chunk: it is not written again.
      const chunk = takeSlab(this.#chunkBytes());
      chunk.set(this.#chunk.subarray(this.#from, this.#to));
      this.#chunk = chunk;
      this.#from = 0;
      this.#to = left;
    }
    const count = this.#endpoint.readOrArm(this.#chunk, this.#to, this.#chunk.length - this.#to, 1);
    if (count > 0) this.#to += count;
    return count;
  }

  #chunkBytes(): number {
    const size = kLengthBytes + this.#lastSize;
    // What is larger is copied out of the chunk into an assembly: the less of it the better.
    if (size > kLargeChunkBytes) return kChunkBytes;
    return Math.min(Math.max(kChunkBytes, kMessagesInChunk * size), kLargeChunkBytes);
  }

  #fillAssembly(assembly: Assembly, most: number): number {
    const { size } = assembly;
    if (assembly.count === assembly.bytes.length) {
      const bytes = Buffer.allocUnsafeSlow(Math.min(size, 2 * assembly.count));
      bytes.set(assembly.bytes);
      assembly.bytes = bytes;
    }
    const { bytes, count } = assembly;
    const added = this.#endpoint.readOrArm(bytes, count, Math.min(most, bytes.length - count), 1);
    if (added > 0) assembly.count += added;
    return added;
  }
}
