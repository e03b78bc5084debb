/**
 * The format of `node:v8`, as far as is needed to tell which messages every version reads alike.
 *
 * It is a sequence of tokens, each a tag and what belongs to it, and can be walked without looking
 * at what contains what. They are those of `src/objects/value-serializer.cc` in V8.
 */
import { Deserializer } from 'node:v8';
import { kViewNames, makeView } from './views.js';

/** The first byte of a message; the second is the version of the format. */
export const kV8Format = 0xff;
/** The version that V8 11 to 15 write: Node 20 to 26. */
export const kV8Version = 15;

/** What a walk through a message has met. */
export const Met = {
  /** Only what all of those versions write, and read, alike. */
  Alike: 0,
  /** An object without properties, which may be more than it looks. */
  Empty: 1,
  /** An Error. The walk has ended there. */
  Error: 2,
  /** A tag that is not known here, or another format. The walk has ended there. */
  Unknown: 3,
  /** The end, where more should follow. */
  Cut: 4,
} as const;
export type Met = (typeof Met)[keyof typeof Met];

/** What follows a tag. */
const Operand = {
  Unknown: 0,
  None: 1,
  Count: 2,
  TwoCounts: 3,
  Double: 4,
  /** A count, and that many bytes. */
  Bytes: 5,
  Other: 6,
  /** A count, too; integers often follow each other. */
  Integer: 7,
} as const;

const kOperands: readonly (readonly [tags: string, operand: number])[] = [
  // Padding, a hole, undefined, null, true, false, boxed true and false, where a boxed string, an
  // object, a map or a set begins.
  ["\0-_0TFyxso;'", Operand.None],
  // An unsigned integer, a reference, where an array begins, where an object, a map or a
  // set ends.
  ['U^Aa{:,', Operand.Count],
  ['I', Operand.Integer],
  // Where an array ends.
  ['$@', Operand.TwoCounts],
  // A number, a date, a boxed number.
  ['NDn', Operand.Double],
  // Strings: Latin-1, UTF-16, UTF-8; an ArrayBuffer.
  ['"cSB', Operand.Bytes],
  // Bigints, a regular expression, a resizable ArrayBuffer, a view, an error.
  ['ZzR~\\r', Operand.Other],
];

const operandOf = new Uint8Array(256);
for (const [tags, operand] of kOperands) {
  for (const tag of tags) operandOf[tag.charCodeAt(0)] = operand;
}

const code = (tag: string): number => tag.charCodeAt(0);

/** 1 where an object, an array, a map or a set begins, -1 where it ends. */
const stepOf = new Int8Array(256);
for (const tag of "oAa;'") stepOf[code(tag)] = 1;
for (const tag of '{$@:,') stepOf[code(tag)] = -1;

const kInteger = code('I');
const kDouble = code('N');
const kObject = code('o');
const kObjectEnd = code('{');
const kError = code('r');
const kRegExp = code('R');
const kResizable = code('~');
const kBigInt = code('Z');
const kBoxedBigInt = code('z');
const kView = code('\\');

/** What a walk has found. */
export interface Found {
  met: Met;
  /** How many objects without properties, if it was not more than Empty. */
  empties: number;
}

/** Walks through a message of `node:v8`, at a fraction of the cost of writing it. */
export function walk(bytes: Uint8Array): Found {
  const { length } = bytes;
  if (bytes[0] !== kV8Format || bytes[1] !== kV8Version) return { met: Met.Unknown, empties: 0 };
  let empties = 0;
  let depth = 0;
  let at = 2;
  while (at < length) {
    const tag = bytes[at] as number;
    at = behind(bytes, at + 1, tag);
    if (at < 0) return { met: tag === kError ? Met.Error : Met.Unknown, empties };
    depth += stepOf[tag] as number;
    if (tag === kObject && bytes[at] === kObjectEnd && bytes[at + 1] === 0) empties++;
  }
  // A message holds at least one value.
  if (at > length || length === 2 || depth > 0) return { met: Met.Cut, empties };
  return { met: empties > 0 ? Met.Empty : Met.Alike, empties };
}

/** Where the next token begins; negative: the token is an Error, or unknown. */
function behind(bytes: Uint8Array, at: number, tag: number): number {
  switch (operandOf[tag] as number) {
    case Operand.Integer:
      return behindIntegers(bytes, at);
    case Operand.Bytes:
      return behindBytes(bytes, at);
    case Operand.None:
      return at;
    case Operand.Count:
      return behindCount(bytes, at);
    case Operand.Double:
      return behindDoubles(bytes, at);
    case Operand.TwoCounts:
      return behindCount(bytes, behindCount(bytes, at));
    default:
      return behindOther(bytes, at, tag);
  }
}

/** Skips an integer and all that follow it, as in an array: a loop of their own costs half. */
function behindIntegers(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    if ((bytes[at] as number) < 0x80) at += 1;
    else if ((bytes[at + 1] as number) < 0x80) at += 2;
    else at = behindCount(bytes, at + 2);
    if (bytes[at] !== kInteger) return at;
    at++;
  }
}

/** Skips a number and all that follow it. */
function behindDoubles(bytes: Uint8Array, from: number): number {
  let at = from + 8;
  while (bytes[at] === kDouble) at += 9;
  return at;
}

function behindOther(bytes: Uint8Array, at: number, tag: number): number {
  switch (tag) {
    case kRegExp:
      // Its source, a string, and its flags.
      return behindCount(bytes, behindString(bytes, at));
    case kResizable:
      // Its length, its maxByteLength, and as many bytes as the length says.
      return behindCount(bytes, behindCount(bytes, at)) + countAt(bytes, at);
    case kView:
      // Its kind, and bytes.
      return countAt(bytes, at) < kViewNames.length ? behindBytes(bytes, at + 1) : -1;
    case kBigInt:
    case kBoxedBigInt:
      // Twice the number of its bytes, and its sign.
      return behindCount(bytes, at) + (countAt(bytes, at) >>> 1);
    default:
      return -1;
  }
}

function behindString(bytes: Uint8Array, at: number): number {
  let tagAt = at;
  while (bytes[tagAt] === 0) tagAt++;
  return behindBytes(bytes, tagAt + 1);
}

function behindBytes(bytes: Uint8Array, at: number): number {
  return behindCount(bytes, at) + countAt(bytes, at);
}

/** Skips a count, seven bits a byte. Beyond the end there are no bytes. */
function behindCount(bytes: Uint8Array, at: number): number {
  let next = at;
  while ((bytes[next] as number) >= 0x80) next++;
  return next + 1;
}

function countAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  return first < 0x80 ? first : largeCountAt(bytes, at);
}

function largeCountAt(bytes: Uint8Array, at: number): number {
  let count = 0;
  let factor = 1;
  for (let i = at; factor <= 2 ** 28; i++) {
    const byte = bytes[i] ?? 0;
    count += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
    factor *= 0x80;
  }
  return count;
}

/**
 * The Deserializer of `node:v8`, but views get memory of their own: not the message's, nor Node's
 * pool.
 */
class CopyingDeserializer extends Deserializer {
  _readHostObject(): ArrayBufferView {
    const number = this.readUint32();
    const size = this.readUint32();
    return makeView(number, this.readRawBytes(size));
  }
}

/** @throws Error if it cannot be read */
export function readV8(bytes: Uint8Array): unknown {
  const deserializer = new CopyingDeserializer(bytes);
  deserializer.readHeader();
  return deserializer.readValue();
}
