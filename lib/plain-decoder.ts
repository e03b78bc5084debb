/** Reads what plain-encoder.ts has written. The peer is not trusted: all that it says is checked. */

import { Buffer } from 'node:buffer';
import { Date } from './host.js';
import {
  kMostBytes,
  kMostDepth,
  kPlainFormat,
  kShortText,
  kSmallInteger,
  Tag,
} from './plain-format.js';
import { shortText } from './short-texts.js';

const kNoBytes: Buffer = Buffer.alloc(0);
const kNoView: DataView = new DataView(new ArrayBuffer(0));

export class PlainDecoder {
  #bytes = kNoBytes;
  #view = kNoView;
  #at = 0;
  #depth = 0;

  /**
   * What the message holds, in memory of its own.
   * @throws Error if it is no message of an encoder's
   */
  decode(message: Uint8Array): unknown {
    const { buffer, byteOffset, length } = message;
    if (length > kMostBytes) throw malformed(`has ${length} bytes, more than ${kMostBytes}`);
    this.#bytes = Buffer.from(buffer, byteOffset, length);
    this.#view = new DataView(buffer, byteOffset, length);
    this.#at = 0;
    this.#depth = 0;
    try {
      if (this.#byte() !== kPlainFormat) throw malformed('begins with another byte');
      const value = this.#value();
      if (this.#at !== length) throw malformed('goes on behind its value');
      return value;
    } finally {
      // Nobody else may need that memory any more.
      this.#bytes = kNoBytes;
      this.#view = kNoView;
    }
  }

  #need(count: number): void {
    if (this.#bytes.length - this.#at < count) throw malformed('is cut');
  }

  #byte(): number {
    this.#need(1);
    return this.#bytes[this.#at++] as number;
  }

  /** None can be larger than a message. */
  #count(): number {
    let count = 0;
    for (let shift = 0; shift < 21; shift += 7) {
      const byte = this.#byte();
      count |= (byte & 0x7f) << shift;
      if (byte < 0x80) return count;
    }
    throw malformed('has an impossible count');
  }

  #value(): unknown {
    const tag = this.#byte();
    if (tag >= kSmallInteger) return tag - kSmallInteger;
    switch (tag) {
      case Tag.Undefined:
        return undefined;
      case Tag.Null:
        return null;
      case Tag.False:
        return false;
      case Tag.True:
        return true;
      case Tag.Int32:
        return this.#int32();
      case Tag.Double:
        return this.#double();
      case Tag.String:
        return this.#text();
      case Tag.Date:
        return new Date(this.#double());
      case Tag.Object:
        return this.#properties();
      case Tag.Array:
        return this.#elements();
      case Tag.Bytes:
        return new Uint8Array(this.#slice());
      case Tag.Buffer:
        return Buffer.from(this.#slice());
      default:
        throw malformed(`has an unknown tag (${tag})`);
    }
  }

  #int32(): number {
    this.#need(4);
    const value = this.#view.getInt32(this.#at, true);
    this.#at += 4;
    return value;
  }

  #double(): number {
    this.#need(8);
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  #text(): string {
    const header = this.#count();
    const isWide = (header & 1) === 1;
    const length = header >>> 1;
    const from = this.#at;
    const size = isWide ? 2 * length : length;
    this.#need(size);
    this.#at += size;
    if (isWide) return this.#bytes.toString('utf16le', from, this.#at);
    if (length > kShortText) return this.#bytes.toString('latin1', from, this.#at);
    return shortText(this.#bytes, from, length);
  }

  #properties(): object {
    let rest = this.#enter();
    const object: Record<string, unknown> = {};
    for (; rest > 0; rest--) {
      const key = this.#text();
      const value = this.#value();
      if (key in object) {
        // It comes twice, or is inherited, as __proto__ is: no setter is called, and nothing refused.
        const own = { value, writable: true, enumerable: true, configurable: true };
        Object.defineProperty(object, key, Object.setPrototypeOf(own, null));
      } else {
        object[key] = value;
      }
    }
    this.#depth--;
    return object;
  }

  #elements(): unknown[] {
    let rest = this.#enter();
    const elements: unknown[] = [];
    for (; rest > 0; rest--) elements.push(this.#value());
    this.#depth--;
    return elements;
  }

  /** How many are in it. */
  #enter(): number {
    if (++this.#depth > kMostDepth) throw malformed('is nested too deep');
    return this.#count();
  }

  #slice(): Uint8Array {
    const size = this.#count();
    this.#need(size);
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }
}

function malformed(what: string): Error {
  return new Error(`the message ${what}`);
}
