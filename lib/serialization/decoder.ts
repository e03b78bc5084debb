/**
 * Reads what plain-encoder.ts and full-encoder.ts have written: here plain values, and in
 * full-values.ts those that only full messages hold. The peer is not trusted: everything in a
 * message is checked.
 */
import { Buffer } from 'node:buffer';
import { Date } from '../host/host.js';
import { whatElse } from './explain.js';
import { readFullValue } from './full-values.js';
import {
  kFullFormat,
  kMostDepth,
  kMostFullDepth,
  kMostPlainBytes,
  kPlainFormat,
  kShortText,
  kSmallInteger,
  Tag,
} from './plain-format.js';
import { define } from './properties.js';
import { unreadable } from './refusals.js';
import { shortText } from './short-texts.js';
import { ownBuffer } from './views.js';

const kNoBytes: Buffer = Buffer.alloc(0);
const kNoView: DataView = new DataView(new ArrayBuffer(0));

/** decode() is for users. The other methods read what comes next; full-values.ts calls them. */
export class Decoder {
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
      this.#begin(message);
      const value = this.value();
      if (this.#at !== length) throw unreadable('continues after its value');
      return value;
    } finally {
      // Does not keep the memory of the message alive.
      this.#bytes = kNoBytes;
      this.#view = kNoView;
      if (this.#isFull) this.#objects = [];
    }
  }

  #begin(message: Uint8Array): void {
    const [format] = message;
    this.#at = 1;
    this.#isFull = format === kFullFormat;
    this.#mostDepth = this.#isFull ? kMostFullDepth : kMostDepth;
    if (this.#isFull) return;
    if (format !== kPlainFormat) throw unreadable(whatElse(message));
    const { length } = message;
    if (length > kMostPlainBytes)
      throw unreadable(`has ${length} bytes, more than the limit of ${kMostPlainBytes}`);
  }

  #need(count: number): void {
    if (this.#bytes.length - this.#at < count) throw unreadable('is cut short');
  }

  byte(): number {
    this.#need(1);
    return this.#bytes[this.#at++] as number;
  }

  /** At most three bytes in a plain message, five in a full one. */
  count(): number {
    let count = 0;
    for (let shift = 0; shift < 21; shift += 7) {
      const byte = this.byte();
      count |= (byte & 0x7f) << shift;
      if (byte < 0x80) return count;
    }
    return this.#largeCount(count);
  }

  /** The rest of a count, after its first three bytes. */
  #largeCount(low: number): number {
    if (!this.#isFull) throw unreadable('has an impossible count');
    const fourth = this.byte();
    const fifth = fourth < 0x80 ? 0 : this.byte();
    if (fifth > 0x0f) throw unreadable('has an impossible count');
    return low + (fourth & 0x7f) * 2 ** 21 + fifth * 2 ** 28;
  }

  value(): unknown {
    const tag = this.byte();
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
        return this.text();
      case Tag.Date:
        return this.made(new Date(this.#double()));
      case Tag.Object:
        return this.#properties();
      case Tag.Array:
        return this.#elements();
      case Tag.Bytes:
        return this.made(new Uint8Array(this.bytes()));
      case Tag.Buffer:
        return this.made(ownBuffer(this.bytes()));
      default:
        if (this.#isFull) return readFullValue(this, tag);
        throw unreadable(`has an unknown tag (${tag})`);
    }
  }

  /** Numbers an object as it is made, so that references can point to it. Returns it. */
  made<Made extends object>(object: Made): Made {
    if (this.#isFull) this.#objects.push(object);
    return object;
  }

  /** How many objects have numbers. */
  get madeCount(): number {
    return this.#objects.length;
  }

  /** The object of that number, if there is one. */
  madeAt(number: number): object | undefined {
    return this.#objects[number];
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

  text(): string {
    const header = this.count();
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
    let rest = this.enter();
    const object: Record<string, unknown> = {};
    this.made(object);
    for (; rest > 0; rest--) {
      const key = this.text();
      if (this.#isFull && this.skipHole()) continue;
      const value = this.value();
      // Of what is inherited, some has setters, or cannot be assigned to.
      if (key in Object.prototype) define(object, key, value);
      else object[key] = value;
    }
    this.leave();
    return object;
  }

  #elements(): unknown[] {
    let rest = this.enter();
    const elements: unknown[] = [];
    this.made(elements);
    for (; rest > 0; rest--) {
      if (this.#isFull && this.skipHole()) elements.length++;
      else elements.push(this.value());
    }
    this.leave();
    return elements;
  }

  /** Reads a hole, if one comes next in place of a value. Returns whether one did. */
  skipHole(): boolean {
    if (this.#bytes[this.#at] !== Tag.Hole) return false;
    this.#at++;
    return true;
  }

  /** Begins an object that holds others. Returns how many. */
  enter(): number {
    this.deeper();
    return this.count();
  }

  /** Begins something that may hold itself. */
  deeper(): void {
    if (++this.#depth > this.#mostDepth)
      throw unreadable(`is nested more than ${this.#mostDepth} deep`);
  }

  /** Ends what enter() or deeper() has begun. */
  leave(): void {
    this.#depth--;
  }

  /** A count, and that many bytes, in the memory of the message. */
  bytes(): Uint8Array {
    return this.take(this.count());
  }

  /** That many bytes, in the memory of the message. */
  take(size: number): Uint8Array {
    this.#need(size);
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }
}
