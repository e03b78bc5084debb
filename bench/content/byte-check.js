/** The consumer's side of the bytes: reads each of them, and fails at a wrong one. */
import { kPart, kPeriod, pattern } from './pattern.js';

export class ByteCheck {
  #phase = 0;

  /** Returns how many bytes of payload it was. @param {Uint8Array} chunk */
  accept(chunk) {
    const { length } = chunk;
    for (let from = 0; from < length; from += kPart) {
      const size = Math.min(kPart, length - from);
      const phase = this.#phase;
      if (pattern.compare(chunk, from, from + size, phase, phase + size) !== 0) {
        throw new Error('a wrong byte was received');
      }
      this.#phase = (phase + size) % kPeriod;
    }
    return length;
  }
}

/** Looks at no byte: the content is the consumer's as it came. */
export class NoCheck {
  /** @param {Uint8Array} chunk */
  accept(chunk) {
    return chunk.length;
  }
}

/**
 * Copies out. For contenders that show the consumer memory that is not its own: each byte is then
 * copied once, as with the others, but nothing is compared.
 */
export class CopyOut {
  #target = new Uint8Array(kPart);

  /** @param {Uint8Array} chunk */
  accept(chunk) {
    for (let from = 0; from < chunk.length; from += kPart) {
      this.#target.set(chunk.subarray(from, from + kPart));
    }
    return chunk.length;
  }
}
