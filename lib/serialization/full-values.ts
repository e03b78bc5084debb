/** Reads the values that only full messages hold: those of full-encoder.ts that are not plain. */
import { Buffer } from 'node:buffer';
import type { Decoder } from './decoder.js';
import { makeDomException, makeError } from './made-errors.js';
import { kErrorHas, Tag } from './plain-format.js';
import { define, setHidden } from './properties.js';
import { textOf, unreadable } from './refusals.js';
import { makeView, ownMemory } from './views.js';

/** All known bits of kErrorHas. */
const kMostErrorHas = 15;

/** @param tag was read; the rest of the value comes next */
export function readFullValue(from: Decoder, tag: number): unknown {
  switch (tag) {
    case Tag.Reference:
      return readReference(from);
    case Tag.Error:
      return readError(from, makeError);
    case Tag.DomException:
      return readError(from, makeDomException);
    case Tag.BigInt:
      return readBigint(from);
    case Tag.Boxed:
      return readBoxed(from);
    case Tag.RegExp:
      return from.made(readRegExp(from));
    case Tag.Map:
      return readMap(from);
    case Tag.Set:
      return readSet(from);
    case Tag.Sparse:
      return readSparse(from);
    case Tag.ArrayBuffer:
      return from.made(ownMemory(from.bytes()));
    case Tag.Resizable:
      return from.made(readResizable(from));
    case Tag.View:
      return from.made(makeView(from.byte(), from.bytes()));
    default:
      throw unreadable(`has an unknown tag (${tag})`);
  }
}

function readReference(from: Decoder): object {
  const number = from.count();
  const object = from.madeAt(number);
  if (object === undefined)
    throw unreadable(`refers to an object that it does not hold (${number})`);
  return object;
}

function readError(from: Decoder, make: typeof makeError): Error {
  from.deeper();
  const name = from.text();
  const has = from.byte();
  const message = has & kErrorHas.message ? from.text() : undefined;
  const stack = has & kErrorHas.stack ? from.text() : undefined;
  const error = from.made(make(name, message, stack));
  if (has & kErrorHas.cause) setHidden(error, 'cause', from.value());
  if (has & kErrorHas.errors) setHidden(error, 'errors', from.value());
  if (has > kMostErrorHas) throw unreadable(`has an error with unknown fields (${has})`);
  from.leave();
  return error;
}

function readBigint(from: Decoder): bigint {
  const header = from.count();
  const digits = Buffer.from(from.take(Math.floor(header / 2)));
  const magnitude = digits.length === 0 ? 0n : BigInt(`0x${digits.reverse().toString('hex')}`);
  return header % 2 === 1 ? -magnitude : magnitude;
}

function readBoxed(from: Decoder): object {
  const before = from.madeCount;
  const value = from.value();
  const isPrimitive = value !== null && value !== undefined && typeof value !== 'object';
  const isLonely = from.madeCount === before;
  if (!isPrimitive || !isLonely)
    throw unreadable('holds a boxed primitive without a primitive value');
  return from.made(Object(value) as object);
}

function readRegExp(from: Decoder): RegExp {
  const source = from.text();
  const flags = from.text();
  try {
    return new RegExp(source, flags);
  } catch (error) {
    const what = 'holds a regular expression that this version of the runtime does not know';
    throw unreadable(`${what}: ${textOf(error)}`);
  }
}

function readMap(from: Decoder): Map<unknown, unknown> {
  let rest = from.enter();
  const map = from.made(new Map<unknown, unknown>());
  for (; rest > 0; rest--) {
    const key = from.value();
    map.set(key, from.value());
  }
  from.leave();
  return map;
}

function readSet(from: Decoder): Set<unknown> {
  let rest = from.enter();
  const set = from.made(new Set());
  for (; rest > 0; rest--) set.add(from.value());
  from.leave();
  return set;
}

/** An array with named properties or many holes. */
function readSparse(from: Decoder): unknown[] {
  const length = from.enter();
  const array: unknown[] = from.made([]);
  setLength(array, length);
  for (let rest = from.count(); rest > 0; rest--) {
    const key = from.text();
    if (from.skipHole()) continue;
    const value = from.value();
    const isLength = key === 'length';
    if (!isLength) define(array, key, value);
    if (isLength || array.length !== length) throw unreadable('changes the length of an array');
  }
  from.leave();
  return array;
}

function readResizable(from: Decoder): ArrayBuffer {
  const maxByteLength = from.count();
  const bytes = from.bytes();
  if (bytes.length > maxByteLength)
    throw unreadable('holds an ArrayBuffer that is larger than its maxByteLength');
  // Types of a version of ECMAScript later than the one that lib/ is written in.
  const memory: ArrayBuffer = Reflect.construct(ArrayBuffer, [bytes.length, { maxByteLength }]);
  new Uint8Array(memory).set(bytes);
  return memory;
}

/** Sets the length of an empty array without allocating memory for it. */
function setLength(array: unknown[], length: number): void {
  if (length === 0) return;
  // Storing at an index far beyond the end makes V8 use a hash table; setting `length` would not.
  array[length - 1] = undefined;
  Reflect.deleteProperty(array, length - 1);
}
