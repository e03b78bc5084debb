/** Writes plain values as bytes; plain-format.ts says what they are. */

import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { Date } from '../host/host.js';
import { takeSlab } from '../memory/slab.js';
import { kMostPlainBytes, kPlainFormat, kShortText, kSmallInteger, Tag } from './plain-format.js';
import { isWide } from './texts.js';

/** Messages are written one after the other into one piece of memory, and never overwritten. */
const kSlabBytes = 64 * 1024;
/**
 * A value with more objects is left to the FullEncoder. Each object is compared with all before it: one
 * that comes twice, or within itself, must arrive so, which plain messages cannot say. A chain of
 * them is at most kMostDepth deep.
 */
const kMostObjects = 64;
/** Larger objects are left to it, too. */
const kMostKeys = 32;
const kMostElements = 64;

// These tell what an object really is, even if it claims to be something else.
const { toString: classOf } = Object.prototype;
const { getTime } = Date.prototype;
const { get: lengthOf } = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  'length',
) as { get: () => number };

export class PlainEncoder {
  #slab = Buffer.alloc(0);
  #view = new DataView(new ArrayBuffer(0));
  #at = 0;
  /** Where the message must end. */
  #end = 0;
  /** The objects of the message so far. */
  readonly #seen: object[] = [];
  #isBusy = false;

  /**
   * The message; undefined: the value is not plain, or not small. (Its getters may have been
   * called.) Its memory is never written again. Other messages stand before and behind it.
   */
  encode(value: unknown): Uint8Array | undefined {
    // A getter may call encode() again.
    if (this.#isBusy) return undefined;
    if (this.#slab.length - this.#at < kMostPlainBytes) {
      this.#slab = takeSlab(kSlabBytes);
      this.#view = new DataView(this.#slab.buffer);
      this.#at = 0;
    }
    const from = this.#at;
    this.#end = from + kMostPlainBytes;
    let message: Uint8Array | undefined;
    try {
      this.#isBusy = true;
      this.#slab[this.#at++] = kPlainFormat;
      if (this.#value(value)) message = this.#slab.subarray(from, this.#at);
    } finally {
      if (message === undefined) this.#at = from;
      this.#seen.length = 0;
      this.#isBusy = false;
    }
    return message;
  }

  #hasRoom(size: number): boolean {
    return this.#end - this.#at >= size;
  }

  // Each of these returns whether it succeeded. If not, the whole message is dropped.

  #value(value: unknown): boolean {
    switch (typeof value) {
      case 'string':
        return this.#tag(Tag.String) && this.#text(value);
      case 'number':
        return this.#number(value);
      case 'boolean':
        return this.#tag(value ? Tag.True : Tag.False);
      case 'undefined':
        return this.#tag(Tag.Undefined);
      case 'object':
        return value === null ? this.#tag(Tag.Null) : this.#object(value);
      case 'bigint':
      case 'function':
      case 'symbol':
        return false;
    }
  }

  #tag(tag: number): boolean {
    if (!this.#hasRoom(1)) return false;
    this.#slab[this.#at++] = tag;
    return true;
  }

  /** Seven bits a byte, the lowest first; the highest bit of a byte: another one follows. */
  #count(count: number): boolean {
    if (!this.#hasRoom(5)) return false;
    let rest = count;
    for (; rest >= 0x80; rest >>>= 7) this.#slab[this.#at++] = rest | 0x80;
    this.#slab[this.#at++] = rest;
    return true;
  }

  #number(value: number): boolean {
    const integer = value | 0;
    // Minus zero is no integer.
    if (integer !== value || (value === 0 && 1 / value < 0)) {
      return this.#double(Tag.Double, value);
    }
    if (integer >= 0 && integer < kSmallInteger) return this.#tag(kSmallInteger | integer);
    if (!this.#hasRoom(5)) return false;
    this.#slab[this.#at] = Tag.Int32;
    this.#view.setInt32(this.#at + 1, integer, true);
    this.#at += 5;
    return true;
  }

  #double(tag: number, value: number): boolean {
    if (!this.#hasRoom(9)) return false;
    this.#slab[this.#at] = tag;
    this.#view.setFloat64(this.#at + 1, value, true);
    this.#at += 9;
    return true;
  }

  #text(text: string): boolean {
    const { length } = text;
    // Enough for two bytes a unit.
    if (!this.#hasRoom(5 + 2 * length)) return false;
    const start = this.#at;
    this.#count(2 * length);
    if (this.#units(text, this.#at)) {
      this.#at += length;
      return true;
    }
    this.#at = start;
    this.#count(2 * length + 1);
    this.#at += this.#slab.write(text, this.#at, 'utf16le');
    return true;
  }

  /** One byte a unit. Returns whether each is so small. */
  #units(text: string, at: number): boolean {
    const { length } = text;
    if (length > kShortText) {
      if (isWide(text)) return false;
      this.#slab.write(text, at, 'latin1');
      return true;
    }
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0xff) return false;
      this.#slab[at + i] = unit;
    }
    return true;
  }

  #object(value: object): boolean {
    // A Proxy cannot be cloned however plain it looks, and its traps may do anything.
    if (types.isProxy(value) || !this.#isFirst(value)) return false;
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#properties(value);
    if (prototype === Array.prototype) return this.#elements(value);
    if (prototype === Date.prototype) {
      return types.isDate(value) && this.#double(Tag.Date, getTime.call(value));
    }
    if (prototype === Buffer.prototype) return this.#bytes(Tag.Buffer, value);
    return prototype === Uint8Array.prototype && this.#bytes(Tag.Bytes, value);
  }

  #isFirst(value: object): boolean {
    const seen = this.#seen;
    if (seen.length === kMostObjects || seen.includes(value)) return false;
    seen.push(value);
    return true;
  }

  #properties(value: object): boolean {
    // `arguments` has this prototype, and an error or a regular expression may have been given it.
    if (Symbol.toStringTag in value || classOf.call(value) !== '[object Object]') return false;
    const keys = Object.keys(value);
    if (keys.length > kMostKeys) return false;
    if (!this.#tag(Tag.Object) || !this.#count(keys.length)) return false;
    for (const key of keys) {
      const property = (value as Record<string, unknown>)[key];
      // A getter of an earlier property may have deleted this one.
      if (property === undefined && !Object.hasOwn(value, key)) return false;
      if (!this.#text(key) || !this.#value(property)) return false;
    }
    return true;
  }

  #elements(value: object): boolean {
    if (!Array.isArray(value) || value.length > kMostElements) return false;
    const { length } = value;
    const keys = Object.keys(value);
    // Indexes come first, in order: if the last key is the last index, there is no hole and no
    // name.
    if (keys.length !== length || (length > 0 && keys[length - 1] !== String(length - 1))) {
      return false;
    }
    if (!this.#tag(Tag.Array) || !this.#count(length)) return false;
    for (let i = 0; i < length; i++) {
      const element: unknown = value[i];
      if (element === undefined && !Object.hasOwn(value, i)) return false;
      if (!this.#value(element)) return false;
    }
    return value.length === length;
  }

  #bytes(tag: number, value: object): boolean {
    if (!types.isUint8Array(value)) return false;
    const length = lengthOf.call(value);
    // An empty one may have lost its memory.
    if (length === 0 || !this.#hasRoom(6 + length)) return false;
    this.#tag(tag);
    this.#count(length);
    this.#slab.set(value, this.#at);
    this.#at += length;
    return true;
  }
}
