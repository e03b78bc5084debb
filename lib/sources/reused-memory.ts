/** Memory for what consumers are given that is used again, so that it stays in the caches. */
import { Buffer } from 'node:buffer';
import { structuredClone } from '../host/host.js';
import { Reuse } from './source.js';

type Bytes = Buffer<ArrayBuffer>;

/** `ArrayBuffer.prototype.transfer`, which Node has from 21 on. */
const { transfer } = ArrayBuffer.prototype as { transfer?: (this: ArrayBuffer) => ArrayBuffer };

/** Its memory, in an ArrayBuffer of its own: `buffer` and all its views are empty from now on. */
const moved: (buffer: ArrayBuffer) => ArrayBuffer =
  transfer === undefined
    ? (buffer) => structuredClone(buffer, { transfer: [buffer] })
    : (buffer) => transfer.call(buffer);

/** From this size on, memory that is used again takes less time than new memory. */
const kLeastBytes = 8 * 1024;
/** What a reader may keep. */
const kMostBytes = 1024 * 1024;

const kNothing: Bytes = Buffer.alloc(0);

export class ReusedMemory {
  readonly #reuse: () => Reuse;
  #bytes: Bytes = kNothing;
  #isLent = false;

  /** @param reuse asked before each value */
  constructor(reuse: () => Reuse) {
    this.#reuse = reuse;
  }

  /**
   * Before each value: takes back what was lent, if that may be.
   * @param size how large the value is about to be
   * @returns whether memory may be taken for it; if not, it needs memory of its own
   */
  reclaim(size: number): boolean {
    const reuse = this.#reuse();
    if (reuse === Reuse.NotYet) return false;
    if (reuse === Reuse.Never) this.release();
    if (reuse === Reuse.Emptied && this.#isLent) this.#empty();
    this.#isLent = false;
    return reuse !== Reuse.Never && size >= kLeastBytes && size <= kMostBytes;
  }

  /** Keeps nothing: what was lent is the consumer's from now on. */
  release(): void {
    this.#bytes = kNothing;
    this.#isLent = false;
  }

  /** At least `size` bytes, which may hold old ones. */
  take(size: number): Bytes {
    // Who was lent a part may have transferred it away.
    if (this.#bytes.length < size) this.#bytes = Buffer.allocUnsafeSlow(size);
    return this.#bytes;
  }

  /** The first `size` bytes of what was taken, for the consumer. */
  lend(size: number): Bytes {
    this.#isLent = true;
    return this.#bytes.subarray(0, size);
  }

  #empty(): void {
    try {
      this.#bytes = Buffer.from(moved(this.#bytes.buffer));
    } catch {
      // It was marked as untransferable, or was transferred already: it is no longer ours.
      this.#bytes = kNothing;
    }
  }
}
