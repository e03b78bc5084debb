/** Takes chunks of bytes out of the ring. */
import { Buffer } from 'node:buffer';
import { type Endpoint, kEnd } from './endpoint.js';
import { takeSlab } from './slab.js';

/** The largest chunk, in bytes: a quarter of a ring of the default size. docs/decisions.md has why. */
export const kChunkBytes = 256 * 1024;
/**
 * One allocation serves several chunks, as Node's own pool does. A chunk belongs to its consumer: its
 * bytes are never used again.
 */
const kSlabBytes = 2 * kChunkBytes;
/** Rather take a new slab than offer less room than this. */
const kLeastBytes = 8 * 1024;

/**
 * One for all readers of this environment, which take turns. With one each, a hundred readers would
 * drive each other's memory out of the processor's caches.
 */
const current = { slab: Buffer.alloc(0), used: 0 };

export class ChunkReader {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** At most `most` bytes; undefined: none now (the endpoint will be woken); null: the end. */
  next(most: number): Buffer | undefined | null {
    const wanted = Math.min(most, kChunkBytes);
    if (current.slab.length - current.used < Math.min(wanted, kLeastBytes)) {
      current.slab = takeSlab(kSlabBytes);
      current.used = 0;
    }
    const { slab, used: from } = current;
    const size = Math.min(wanted, slab.length - from);
    const count = this.#endpoint.readOrArm(slab, from, size, 1);
    if (count === kEnd) return null;
    if (count === 0) return undefined;
    current.used += count;
    return slab.subarray(from, current.used);
  }
}
