/** Takes chunks of bytes out of the ring. */
import { Buffer } from 'node:buffer';
import { type Endpoint, kEnd } from '../endpoint/endpoint.js';
import { ownCopy } from '../memory/own-memory.js';

/** The largest chunk, in bytes: a quarter of the default capacity. docs/decisions.md says why. */
export const kChunkBytes = 256 * 1024;
/**
 * Up to this size of the last chunk, the next one is read into memory that is used again, and
 * copied: asking first how many bytes are there would take longer.
 */
const kMostCopied = 1024;

/** One for all readers of this environment: nothing is in it between two calls. */
const passage = Buffer.allocUnsafeSlow(64 * 1024);

export class ChunkReader {
  readonly #endpoint: Endpoint;
  /** The size of the last chunk. */
  #lastSize = 0;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /**
   * The next chunk: at most `most` bytes, in memory of their own. undefined: none now, and the
   * endpoint will be woken. null: the end.
   */
  next(most: number): Buffer<ArrayBuffer> | undefined | null {
    const chunk = this.#lastSize <= kMostCopied ? this.#copy(most) : this.#read(most);
    if (chunk) this.#lastSize = chunk.length;
    return chunk;
  }

  #copy(most: number): Buffer<ArrayBuffer> | undefined | null {
    const size = Math.min(most, passage.length);
    const count = this.#endpoint.readOrArm(passage, 0, size, 1);
    if (count === kEnd) return null;
    if (count === 0) return undefined;
    return ownCopy(passage, 0, count);
  }

  #read(most: number): Buffer<ArrayBuffer> | undefined | null {
    // The chunk must not take more memory than there are bytes.
    const there = this.#endpoint.readable(1, 'arm');
    if (there === kEnd) return null;
    if (there === 0) return undefined;
    const size = Math.min(there, most, kChunkBytes);
    const chunk = Buffer.allocUnsafeSlow(size);
    this.#endpoint.read(chunk, 0, size, size);
    return chunk;
  }
}
