/**
 * Reads what plain-encoder.ts and full-encoder.ts have written. The peer is not trusted: everything
 * in a message is checked.
 */
import { Buffer } from 'node:buffer';
import { Date } from '../host/host.js';
import { makeDomException, makeError, setHidden } from './made-errors.js';
import {
  kErrorHas,
  kFullFormat,
  kMostBytes,
  kMostDepth,
  kMostFullDepth,
  kPlainFormat,
  kShortText,
  kSmallInteger,
  Tag,
} from './plain-format.js';
import { unreadable } from './refusals.js';
import { shortText } from './short-texts.js';
import { makeView, ownBuffer, ownMemory } from './views.js';

const kNoBytes: Buffer = Buffer.alloc(0);
/** All known bits of kErrorHas. */
const kMostErrorHas = 15;
const kNoView: DataView = new DataView(new ArrayBuffer(0));

export class PlainDecoder {
  #bytes = kNoBytes;
  #view = kNoView;
  #at = 0;
  #depth = 0;
  #mostDepth = kMostDepth;
  #isFull = false;
  /** Of a full message: the objects so far, to which a reference may point. */
  #objects: object[] = [];

  /**
   * What the message holds, in memory of its own.
   * @throws Error if it is no message of an encoder's, or holds what this runtime does not have
   */
  decode(message: Uint8Array): unknown {
    const { buffer, byteOffset, length } = message;
    this.#bytes = Buffer.from(buffer, byteOffset, length);
    this.#view = new DataView(buffer, byteOffset, length);
    this.#at = 0;
    this.#depth = 0;
    try {
      this.#begin(this.#byte(), length);
      const value = this.#value();
      if (this.#at !== length) throw unreadable('continues after its value');
      return value;
    } finally {
      // Does not keep the memory of the message alive.
      this.#bytes = kNoBytes;
      this.#view = kNoView;
      if (this.#isFull) this.#objects = [];
    }
  }

  #begin(format: number, length: number): void {
    this.#isFull = format === kFullFormat;
    this.#mostDepth = this.#isFull ? kMostFullDepth : kMostDepth;
    if (this.#isFull) return;
    if (format !== kPlainFormat) throw unreadable('does not begin with the byte of a known format');
    if (length > kMostBytes)
      throw unreadable(`has ${length} bytes, more than the limit of ${kMostBytes}`);
  }

  #need(count: number): void {
    if (this.#bytes.length - this.#at < count) throw unreadable('is cut short');
  }

  #byte(): number {
    this.#need(1);
    return this.#bytes[this.#at++] as number;
  }

  /** A count of a plain message, which is at most the size of a message. */
  #count(): number {
    let count = 0;
    for (let shift = 0; shift < 21; shift += 7) {
      const byte = this.#byte();
      count |= (byte & 0x7f) << shift;
      if (byte < 0x80) return count;
    }
    return this.#largeCount(count);
  }

  /** The rest of a count, after its first three bytes. */
  #largeCount(low: number): number {
    if (!this.#isFull) throw unreadable('has an impossible count');
    const fourth = this.#byte();
    const fifth = fourth < 0x80 ? 0 : this.#byte();
    if (fifth > 0x0f) throw unreadable('has an impossible count');
    return low + (fourth & 0x7f) * 2 ** 21 + fifth * 2 ** 28;
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
        return this.#made(new Date(this.#double()));
      case Tag.Object:
        return this.#properties();
      case Tag.Array:
        return this.#elements();
      case Tag.Bytes:
        return this.#made(new Uint8Array(this.#slice()));
      case Tag.Buffer:
        return this.#made(ownBuffer(this.#slice()));
      default:
        return this.#full(tag);
    }
  }

  /** A value with a tag that only full messages have. */
  #full(tag: number): unknown {
    if (!this.#isFull) throw unreadable(`has an unknown tag (${tag})`);
    switch (tag) {
      case Tag.Reference:
        return this.#reference();
      case Tag.Error:
      case Tag.DomException:
        return this.#error(tag);
      case Tag.BigInt:
        return this.#bigint();
      case Tag.Boxed:
        return this.#boxed();
      case Tag.RegExp:
        return this.#made(this.#regExp());
      case Tag.Map:
        return this.#map();
      case Tag.Set:
        return this.#set();
      case Tag.Sparse:
        return this.#sparse();
      case Tag.ArrayBuffer:
        return this.#made(ownMemory(this.#slice()));
      case Tag.Resizable:
        return this.#made(this.#resizable());
      case Tag.View:
        return this.#made(makeView(this.#byte(), this.#slice()));
      default:
        throw unreadable(`has an unknown tag (${tag})`);
    }
  }

  /** Numbers an object that was made, so that references can point to it. */
  #made<Made extends object>(object: Made): Made {
    if (this.#isFull) this.#objects.push(object);
    return object;
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
    this.#made(object);
    for (; rest > 0; rest--) {
      const key = this.#text();
      if (this.#isFull && this.#isHole()) continue;
      const value = this.#value();
      if (key in object) define(object, key, value);
      else object[key] = value;
    }
    this.#depth--;
    return object;
  }

  #elements(): unknown[] {
    let rest = this.#enter();
    const elements: unknown[] = [];
    this.#made(elements);
    for (; rest > 0; rest--) {
      if (this.#isFull && this.#isHole()) elements.length++;
      else elements.push(this.#value());
    }
    this.#depth--;
    return elements;
  }

  #isHole(): boolean {
    if (this.#bytes[this.#at] !== Tag.Hole) return false;
    this.#at++;
    return true;
  }

  /** Begins an object that holds others. Returns how many. */
  #enter(): number {
    this.#deeper();
    return this.#count();
  }

  #deeper(): void {
    if (++this.#depth > this.#mostDepth)
      throw unreadable(`is nested more than ${this.#mostDepth} deep`);
  }

  // --- what stands in full messages only --------------------------------------------------------

  #reference(): object {
    const number = this.#count();
    const object = this.#objects[number];
    if (object === undefined)
      throw unreadable(`refers to an object that it does not hold (${number})`);
    return object;
  }

  #error(tag: number): Error {
    this.#deeper();
    const name = this.#text();
    const has = this.#byte();
    const message = has & kErrorHas.message ? this.#text() : undefined;
    const stack = has & kErrorHas.stack ? this.#text() : undefined;
    const make = tag === Tag.Error ? makeError : makeDomException;
    const error = this.#made(make(name, message, stack));
    if (has & kErrorHas.cause) setHidden(error, 'cause', this.#value());
    if (has & kErrorHas.errors) setHidden(error, 'errors', this.#value());
    if (has > kMostErrorHas) throw unreadable(`has an error with unknown fields (${has})`);
    this.#depth--;
    return error;
  }

  #bigint(): bigint {
    const header = this.#count();
    const size = Math.floor(header / 2);
    this.#need(size);
    const digits = Buffer.from(this.#bytes.subarray(this.#at, this.#at + size));
    this.#at += size;
    const magnitude = size === 0 ? 0n : BigInt(`0x${digits.reverse().toString('hex')}`);
    return header % 2 === 1 ? -magnitude : magnitude;
  }

  #boxed(): object {
    const before = this.#objects.length;
    const value = this.#value();
    const isPrimitive = value !== null && value !== undefined && typeof value !== 'object';
    const isLonely = this.#objects.length === before;
    if (!isPrimitive || !isLonely)
      throw unreadable('holds a boxed primitive without a primitive value');
    return this.#made(Object(value) as object);
  }

  #regExp(): RegExp {
    const source = this.#text();
    const flags = this.#text();
    try {
      return new RegExp(source, flags);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const what = 'holds a regular expression that this version of the runtime rejects';
      throw unreadable(`${what}: ${why}`);
    }
  }

  #map(): Map<unknown, unknown> {
    let rest = this.#enter();
    const map = this.#made(new Map<unknown, unknown>());
    for (; rest > 0; rest--) {
      const key = this.#value();
      map.set(key, this.#value());
    }
    this.#depth--;
    return map;
  }

  #set(): Set<unknown> {
    let rest = this.#enter();
    const set = this.#made(new Set());
    for (; rest > 0; rest--) set.add(this.#value());
    this.#depth--;
    return set;
  }

  #sparse(): unknown[] {
    const length = this.#enter();
    const array: unknown[] = this.#made([]);
    setLength(array, length);
    for (let rest = this.#count(); rest > 0; rest--) {
      const key = this.#text();
      if (this.#isHole()) continue;
      const value = this.#value();
      const isLength = key === 'length';
      if (!isLength) define(array, key, value);
      if (isLength || array.length !== length) throw unreadable('changes the length of an array');
    }
    this.#depth--;
    return array;
  }

  #resizable(): ArrayBuffer {
    const maxByteLength = this.#count();
    const bytes = this.#slice();
    if (bytes.length > maxByteLength)
      throw unreadable('holds an ArrayBuffer that is larger than its maxByteLength');
    // Types of a version of ECMAScript later than the one that lib/ is written in.
    const memory: ArrayBuffer = Reflect.construct(ArrayBuffer, [bytes.length, { maxByteLength }]);
    new Uint8Array(memory).set(bytes);
    return memory;
  }

  #slice(): Uint8Array {
    const size = this.#count();
    this.#need(size);
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }
}

/**
 * For a key that comes twice, or is inherited, as __proto__ is: calls no setter, and never fails.
 */
function define(object: object, key: string, value: unknown): void {
  const own = { value, writable: true, enumerable: true, configurable: true };
  Object.defineProperty(object, key, Object.setPrototypeOf(own, null));
}

/** Sets the length of an empty array without allocating memory for it. */
function setLength(array: unknown[], length: number): void {
  if (length === 0) return;
  // Storing at an index far beyond the end makes V8 use a hash table; setting `length` would not.
  array[length - 1] = undefined;
  Reflect.deleteProperty(array, length - 1);
}
