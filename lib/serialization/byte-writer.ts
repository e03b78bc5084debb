/** Writes numbers, texts and bytes one after the other, in memory that grows. */
import { Buffer } from 'node:buffer';
import { kShortText, kSmallInteger, Tag } from './plain-format.js';
import { notCloneable } from './refusals.js';
import { isWide } from './texts.js';

const kFirstBytes = 4 * 1024;
/** Memory up to this size is kept for the next message. */
const kMostKeptBytes = 64 * 1024;
/** The length of a message has four bytes. */
const kLargestMessage = 2 ** 32 - 1;

interface Memory {
  bytes: Buffer;
  view: DataView;
}

/** Memory for the next writer; undefined while a writer has it. */
let spare: Memory | undefined;

function memoryOf(size: number): Memory {
  const bytes = Buffer.allocUnsafeSlow(size);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** Writes one message. */
export class ByteWriter {
  #bytes: Buffer;
  #view: DataView;
  #at = 0;

  constructor() {
    const { bytes, view } = spare ?? memoryOf(kFirstBytes);
    spare = undefined;
    this.#bytes = bytes;
    this.#view = view;
  }

  /** What was written, in memory of its own. The writer must not be used afterwards. */
  finish(): Uint8Array {
    const bytes = this.#bytes;
    if (bytes.length > kMostKeptBytes) return bytes.subarray(0, this.#at);
    const message = Buffer.allocUnsafeSlow(this.#at);
    message.set(bytes.subarray(0, this.#at));
    spare = { bytes, view: this.#view };
    return message;
  }

  byte(byte: number): void {
    this.#makeRoom(1);
    this.#bytes[this.#at++] = byte;
  }

  /** Seven bits a byte, the lowest first; the highest bit of a byte: another one follows. */
  count(count: number): void {
    this.#makeRoom(5);
    let rest = count;
    for (; rest >= 0x80; rest >>>= 7) this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.#at++] = rest;
  }

  /** The value of a number, tag and all. */
  number(value: number): void {
    this.#makeRoom(9);
    const integer = value | 0;
    // Minus zero is no integer.
    if (integer !== value || (value === 0 && 1 / value < 0)) {
      this.#bytes[this.#at] = Tag.Double;
      this.#view.setFloat64(this.#at + 1, value, true);
      this.#at += 9;
    } else if (integer >= 0 && integer < kSmallInteger) {
      this.#bytes[this.#at++] = kSmallInteger | integer;
    } else {
      this.#bytes[this.#at] = Tag.Int32;
      this.#view.setInt32(this.#at + 1, integer, true);
      this.#at += 5;
    }
  }

  double(value: number): void {
    this.#makeRoom(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  text(text: string): void {
    const { length } = text;
    this.#makeRoom(5 + 2 * length);
    const start = this.#at;
    this.count(2 * length);
    if (this.#units(text)) {
      this.#at += length;
      return;
    }
    this.#at = start;
    this.count(2 * length + 1);
    this.#at += this.#bytes.write(text, this.#at, 'utf16le');
  }

  bigint(value: bigint): void {
    const isNegative = value < 0n;
    const digits = (isNegative ? -value : value).toString(16);
    const magnitude = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex').reverse();
    this.count(2 * magnitude.length + (isNegative ? 1 : 0));
    this.#raw(magnitude);
  }

  /** Their count, and the bytes. */
  bytes(bytes: Uint8Array): void {
    this.count(bytes.length);
    this.#raw(bytes);
  }

  #raw(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** One byte a unit. Returns whether each is so small. */
  #units(text: string): boolean {
    const { length } = text;
    const at = this.#at;
    if (length > kShortText) {
      if (isWide(text)) return false;
      this.#bytes.write(text, at, 'latin1');
      return true;
    }
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0xff) return false;
      this.#bytes[at + i] = unit;
    }
    return true;
  }

  #makeRoom(size: number): void {
    const needed = this.#at + size;
    if (needed <= this.#bytes.length) return;
    if (needed > kLargestMessage)
      throw notCloneable('The value', ': it takes more than 4 GiB, the limit of a message');
    const { bytes, view } = memoryOf(
      Math.min(kLargestMessage, Math.max(needed, 2 * this.#bytes.length)),
    );
    bytes.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = bytes;
    this.#view = view;
  }
}
