/** Takes chunks of bytes out of the ring. */
import { markAsUntransferable } from 'node:worker_threads';
import { type Endpoint, kEnd } from './endpoint.js';

/** The largest chunk, in bytes. */
export const kChunkBytes = 64 * 1024;
/**
 * One allocation serves several chunks, as Node's own pool does. A chunk belongs to its consumer: its
 * bytes are never used again.
 */
const kSlabBytes = 4 * kChunkBytes;
/** Rather take a new slab than offer less room than this. */
const kLeastBytes = 8 * 1024;

export class ChunkReader {
  readonly #endpoint: Endpoint;
  #slab: Buffer = Buffer.alloc(0);
  #used = 0;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** At most `most` bytes; undefined: none now (the endpoint will be woken); null: the end. */
  next(most: number): Buffer | undefined | null {
    const wanted = Math.min(most, kChunkBytes);
    if (this.#slab.length - this.#used < Math.min(wanted, kLeastBytes)) {
      this.#slab = Buffer.allocUnsafeSlow(kSlabBytes);
      // Transferring one chunk to another thread would empty the others.
      markAsUntransferable(this.#slab.buffer);
      this.#used = 0;
    }
    const from = this.#used;
    const size = Math.min(wanted, this.#slab.length - from);
    const count = this.#endpoint.readOrArm(this.#slab, from, size, 1);
    if (count === kEnd) return null;
    if (count === 0) return undefined;
    this.#used += count;
    return this.#slab.subarray(from, this.#used);
  }
}
