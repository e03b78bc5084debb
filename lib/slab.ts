/**
 * Memory for the chunks that a reader hands out. One allocation serves several of them, as Node's
 * own pool does; a chunk belongs to its consumer, and its bytes are never used again.
 */

/** The largest chunk. */
export const kChunkBytes = 64 * 1024;
const kSlabBytes = 4 * kChunkBytes;
/** Rather take a new slab than offer less than this. */
const kLeast = 8 * 1024;

export class Slab {
  #bytes: Buffer = Buffer.alloc(0);
  #used = 0;

  get bytes(): Buffer {
    return this.#bytes;
  }

  get used(): number {
    return this.#used;
  }

  /** Makes room; returns for how many bytes: at most `wanted`, at most a chunk. */
  reserve(wanted: number): number {
    const size = Math.min(wanted, kChunkBytes);
    if (this.#bytes.length - this.#used < Math.min(size, kLeast)) {
      this.#bytes = Buffer.allocUnsafeSlow(kSlabBytes);
      this.#used = 0;
    }
    return Math.min(size, this.#bytes.length - this.#used);
  }

  /** Hands out the first `size` bytes of what was reserved. */
  take(size: number): Buffer {
    const chunk = this.#bytes.subarray(this.#used, this.#used + size);
    this.#used += size;
    return chunk;
  }
}
