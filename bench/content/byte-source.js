/** The producer's bytes: each is written again before each write. */
import { kPart, kPeriod, pattern } from './pattern.js';

/** No contender's stream queues more than this by reference. smipc's highWaterMark is the largest. */
const kMostQueued = 256 * 1024;

/**
 * Contenders take the way that suits them: `next()` if writing copies, or tells when it is done;
 * `fill()` if they have memory of their own to write in; `fresh()` if they keep what they are given.
 */
export class ByteSource {
  /** Bytes of one write. */
  size;
  #touches;
  #phase = 0;
  /** Each is cut into chunks once: a small chunk is then as cheap as reading an array. */
  #slabs = /** @type {Uint8Array[][]} */ ([]);
  #slab = 0;
  #index = 0;
  #alone = /** @type {Uint8Array | undefined} */ (undefined);

  /** @param {number} size @param {boolean} touches false: the bytes are written once only */
  constructor(size, touches = true) {
    this.size = size;
    this.#touches = touches;
  }

  /**
   * The next chunk. It is filled again after what may queue by reference has been written, or as soon
   * as `isIdle()` says that nothing queues.
   * @param {() => boolean} isIdle
   */
  next(isIdle) {
    let chunks = this.#slabs[this.#slab] ?? this.#addSlab();
    if (this.#index === chunks.length) {
      this.#index = 0;
      if (this.#touches) chunks = this.#refill(isIdle() ? this.#slab : this.#slab + 1);
    }
    return /** @type {Uint8Array} */ (chunks[this.#index++]);
  }

  /** A chunk in an ArrayBuffer of its own, valid until the next call. */
  alone() {
    this.#alone ??= new Uint8Array(this.size);
    this.fill(this.#alone);
    return this.#alone;
  }

  /** A chunk in new memory, which is the caller's. */
  fresh() {
    const chunk = Buffer.allocUnsafeSlow(this.size);
    this.fill(chunk);
    return chunk;
  }

  /** Writes the next bytes into memory of the caller's. @param {Uint8Array} target */
  fill(target) {
    for (let from = 0; from < target.length; from += kPart) {
      const size = Math.min(kPart, target.length - from);
      target.set(new Uint8Array(pattern.buffer, this.#phase, size), from);
      if (this.#touches) this.#phase = (this.#phase + size) % kPeriod;
    }
  }

  /** @param {number} slab */
  #refill(slab) {
    const slabBytes = Math.max(kPart, this.size);
    this.#slab = slab % (Math.ceil(kMostQueued / slabBytes) + 2);
    const chunks = this.#slabs[this.#slab];
    if (chunks === undefined) return this.#addSlab();
    const first = /** @type {Uint8Array} */ (chunks[0]);
    this.fill(new Uint8Array(first.buffer, 0, chunks.length * this.size));
    return chunks;
  }

  #addSlab() {
    const chunks = this.#cutSlab();
    this.#slabs.push(chunks);
    return chunks;
  }

  #cutSlab() {
    const count = Math.max(1, Math.floor(kPart / this.size));
    const slab = Buffer.allocUnsafeSlow(count * this.size);
    this.fill(slab);
    return Array.from({ length: count }, (_, i) =>
      slab.subarray(i * this.size, (i + 1) * this.size),
    );
  }
}
