/** Writes plain values as bytes; plain-format.ts says what they are. */
import { types } from 'node:util';
import { kPlainFormat, kShortText, Tag } from './plain-format.js';

/** Messages are written one behind the other in one piece of memory, and never written over. */
const kSlabBytes = 64 * 1024;
/** What takes more is left to `node:v8`. */
const kMostBytes = 16 * 1024;
/**
 * So are more objects than that. Each is compared with all before it: what is there twice, or within
 * itself, must arrive so, and plain messages cannot say it.
 */
const kMostObjects = 64;
/** And longer arrays: looking for holes, and for properties with names, would cost too much. */
const kMostElements = 64;

const { toString: classOf } = Object.prototype;

export class PlainEncoder {
  #slab = Buffer.alloc(0);
  #view = new DataView(new ArrayBuffer(0));
  #at = 0;
  /** Where the message must end. */
  #end = 0;
  /** The objects and arrays of the message so far. */
  readonly #seen: object[] = [];
  #isBusy = false;

  /** The message, in memory of its own; undefined: the value is not plain, or not small. */
  encode(value: unknown): Uint8Array | undefined {
    // A getter may write something else meanwhile.
    if (this.#isBusy) return undefined;
    this.#isBusy = true;
    if (this.#slab.length - this.#at < kMostBytes) this.#takeSlab();
    const from = this.#at;
    this.#end = from + kMostBytes;
    let message: Uint8Array | undefined;
    try {
      this.#slab[this.#at++] = kPlainFormat;
      if (this.#value(value)) message = this.#slab.subarray(from, this.#at);
    } finally {
      if (message === undefined) this.#at = from;
      this.#seen.length = 0;
      this.#isBusy = false;
    }
    return message;
  }

  #takeSlab(): void {
    this.#slab = Buffer.allocUnsafeSlow(kSlabBytes);
    this.#view = new DataView(this.#slab.buffer);
    this.#at = 0;
  }

  #hasRoom(size: number): boolean {
    return this.#end - this.#at >= size;
  }

  // Each returns whether it could: what was written before is worth nothing if not.

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
    if (!this.#hasRoom(9)) return false;
    const integer = value | 0;
    // Minus zero is no integer.
    if (integer === value && (value !== 0 || 1 / value > 0)) {
      this.#slab[this.#at] = Tag.Int32;
      this.#view.setInt32(this.#at + 1, integer, true);
      this.#at += 5;
      return true;
    }
    return this.#double(Tag.Double, value);
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
    // Enough for two bytes a unit. It is also so much more than UTF-8 needs for ASCII, which is tried
    // first, that a text which is not cannot be cut to that.
    if (!this.#hasRoom(5 + 2 * length)) return false;
    const start = this.#at;
    this.#count(2 * length);
    const from = this.#at;
    if (length <= kShortText) {
      let i = 0;
      for (; i < length; i++) {
        const unit = text.charCodeAt(i);
        if (unit > 0xff) break;
        this.#slab[from + i] = unit;
      }
      if (i === length) {
        this.#at = from + length;
        return true;
      }
    } else if (this.#slab.write(text, from, 'utf8') === length) {
      this.#at = from + length;
      return true;
    }
    this.#at = start;
    this.#count(2 * length + 1);
    this.#at += this.#slab.write(text, this.#at, 'utf16le');
    return true;
  }

  #object(value: object): boolean {
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#properties(value);
    if (prototype === Array.prototype) return this.#elements(value);
    if (prototype === Date.prototype) {
      return types.isDate(value) && this.#isNew(value) && this.#double(Tag.Date, value.getTime());
    }
    if (prototype === Buffer.prototype) return this.#bytes(Tag.Buffer, value);
    return prototype === Uint8Array.prototype && this.#bytes(Tag.Bytes, value);
  }

  #properties(value: object): boolean {
    // An error or a regular expression may have lost its prototype; `arguments` has this one.
    if (classOf.call(value) !== '[object Object]' || !this.#isNew(value)) return false;
    const keys = Object.keys(value);
    if (!this.#tag(Tag.Object) || !this.#count(keys.length)) return false;
    for (const key of keys) {
      if (!this.#text(key)) return false;
      if (!this.#value((value as Record<string, unknown>)[key])) return false;
    }
    return true;
  }

  #elements(value: object): boolean {
    if (!Array.isArray(value) || value.length > kMostElements || !this.#isNew(value)) return false;
    const { length } = value;
    // The keys of a hole and of a property with a name could make up for each other.
    if (Object.keys(value).length !== length) return false;
    if (!this.#tag(Tag.Array) || !this.#count(length)) return false;
    for (let i = 0; i < length; i++) {
      const element: unknown = value[i];
      if (element === undefined && !Object.hasOwn(value, i)) return false;
      if (!this.#value(element)) return false;
    }
    return true;
  }

  #bytes(tag: number, value: object): boolean {
    if (!types.isUint8Array(value) || !this.#isNew(value)) return false;
    const { length } = value;
    if (!this.#hasRoom(6 + length)) return false;
    this.#tag(tag);
    this.#count(length);
    this.#slab.set(value, this.#at);
    this.#at += length;
    return true;
  }

  /** And no proxy, which cannot be cloned however plain it looks. */
  #isNew(value: object): boolean {
    const seen = this.#seen;
    if (seen.length === kMostObjects || seen.includes(value)) return false;
    seen.push(value);
    return !types.isProxy(value);
  }
}
