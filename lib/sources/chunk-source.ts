/** Takes chunks of bytes out of the ring. */
import { Buffer } from 'node:buffer';
import { kEnd, kNotYet, type ReadEnd } from '../endpoint/read-end.js';
import { Wait } from '../environment/contract.js';
import { copyOf } from '../memory/own-memory.js';
import type { ReusedMemory } from './reused-memory.js';
import type { Source } from './source.js';

/** The largest chunk, in bytes: a quarter of the default capacity. docs/decisions.md says why. */
export const kChunkBytes = 256 * 1024;
/**
 * Up to this size of the last chunk, the next one is read into memory that is used again, and
 * copied: asking first how many bytes are there would take longer.
 */
const kMostCopied = 1024;
/** The first memory that is used again. It grows when chunks fill it. */
const kFirstReusedBytes = 64 * 1024;

/** One for all readers of this environment: nothing is in it between two calls. */
const passage = Buffer.allocUnsafeSlow(64 * 1024);
const nothing = passage.subarray(0, 0);

type Chunk = Buffer<ArrayBuffer>;

/** Chunks of bytes, in memory of their own unless that of the last one can be used again. */
export class ChunkSource implements Source<Chunk> {
  readonly #end: ReadEnd;
  /** The size of the last chunk. */
  #lastSize = 0;
  /** What the last one was copied from. */
  #copied: Uint8Array = nothing;
  readonly #memory: ReusedMemory | undefined;
  #reusedBytes = kFirstReusedBytes;

  /** @param memory for chunks. Default: each has memory of its own */
  constructor(end: ReadEnd, memory?: ReusedMemory) {
    this.#end = end;
    this.#memory = memory;
  }

  /** The next chunk, kNotYet or kEnd: see Source.next. */
  next(mostBytes: number, wait: Wait): Chunk | typeof kNotYet | typeof kEnd {
    const chunk = this.#take(mostBytes, wait);
    if (typeof chunk !== 'number') this.#lastSize = chunk.length;
    return chunk;
  }

  #take(most: number, wait: Wait): Chunk | typeof kNotYet | typeof kEnd {
    const memory = this.#memory;
    if (memory?.reclaim(this.#lastSize) === true) return this.#readAgain(memory, most, wait);
    return this.#lastSize <= kMostCopied ? this.#copy(most, wait) : this.#read(most, wait);
  }

  #copy(most: number, wait: Wait): Chunk | typeof kNotYet | typeof kEnd {
    const size = Math.min(most, passage.length);
    const count = this.#end.read(passage, 0, size, 1, wait);
    if (count === kEnd || count === kNotYet) return count;
    // Most chunks are as long as the one before, and a view takes as long to make as the copy.
    if (this.#copied.length !== count) this.#copied = passage.subarray(0, count);
    return copyOf(this.#copied);
  }

  #read(most: number, wait: Wait): Chunk | typeof kNotYet | typeof kEnd {
    // The chunk must not take more memory than there are bytes.
    const there = this.#end.readable(1, wait);
    if (there === kEnd || there === kNotYet) return there;
    const size = Math.min(there, most, kChunkBytes);
    const chunk = Buffer.allocUnsafeSlow(size);
    this.#end.read(chunk, 0, size, size, Wait.Return);
    return chunk;
  }

  /** Reads into the memory of the last one. */
  #readAgain(memory: ReusedMemory, most: number, wait: Wait): Chunk | typeof kNotYet | typeof kEnd {
    const size = Math.min(most, this.#reusedBytes);
    const bytes = memory.take(size);
    const count = this.#end.read(bytes, 0, size, 1, wait);
    if (count === kEnd || count === kNotYet) return count;
    if (count === this.#reusedBytes) this.#reusedBytes = Math.min(2 * count, kChunkBytes);
    return memory.lend(count);
  }
}
