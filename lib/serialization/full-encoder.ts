/** Writes every value that can be cloned as a full message, in the format of plain-format.ts. */
import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { Date } from '../host/host.js';
import {
  kErrorHas,
  kErrorNames,
  kFullFormat,
  kMostFullDepth,
  kShortText,
  kSmallInteger,
  Tag,
} from './plain-format.js';
import { className, isDomException, isNative } from './special-objects.js';
import { kViewNames, viewName } from './views.js';

const kFirstBytes = 4 * 1024;
/** Memory up to this size is kept for the next message. */
const kMostKeptBytes = 64 * 1024;
/** The length of a message has four bytes. */
const kMostBytes = 2 ** 32 - 1;

// These tell what an object really is, even if it claims to be something else or comes from another
// realm.
const { getTime } = Date.prototype;
const { forEach: forEachEntry } = Map.prototype;
const { forEach: forEachMember } = Set.prototype;
const sourceOf = getterOf(RegExp.prototype, 'source') as () => string;
const flagsOf = getterOf(RegExp.prototype, 'flags') as () => string;
const isResizable = getterOf(ArrayBuffer.prototype, 'resizable') as () => boolean;
const maxByteLengthOf = getterOf(ArrayBuffer.prototype, 'maxByteLength') as () => number;
const messageOf = getterOf(DOMException.prototype, 'message') as () => string;
const domNameOf = getterOf(DOMException.prototype, 'name') as () => string;

function getterOf(prototype: object, name: string): () => unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get as () => unknown;
}

/** Memory for the next encoder; undefined while an encoder has it. */
let spare: Buffer | undefined;

/** Encodes one message. */
export class FullEncoder {
  #bytes = spare ?? Buffer.allocUnsafeSlow(kFirstBytes);
  #view: DataView;
  #at = 0;
  #depth = 0;
  /** The objects so far, and their numbers. */
  readonly #seen = new Map<object, number>();
  readonly #toBeChecked: unknown[] = [];
  #hasOthers = false;

  constructor() {
    spare = undefined;
    this.#view = new DataView(this.#bytes.buffer);
  }

  /**
   * The message, in memory of its own.
   * @throws DOMException `DataCloneError` for what cannot be cloned, or is nested too deep
   */
  encode(value: unknown): Uint8Array {
    this.#bytes[this.#at++] = kFullFormat;
    this.#value(value);
    const bytes = this.#bytes;
    if (bytes.length > kMostKeptBytes) return bytes.subarray(0, this.#at);
    const message = Buffer.allocUnsafeSlow(this.#at);
    message.set(bytes.subarray(0, this.#at));
    spare = bytes;
    return message;
  }

  /**
   * After encode(): the values that `node:v8` must check, since only it knows all objects that
   * cannot be cloned.
   * @param value what was encoded
   */
  toBeChecked(value: unknown): unknown[] {
    return this.#hasOthers ? [value, ...this.#toBeChecked] : [];
  }

  // --- bytes ------------------------------------------------------------------------------------

  #makeRoom(size: number): void {
    const needed = this.#at + size;
    if (needed <= this.#bytes.length) return;
    if (needed > kMostBytes)
      throw notCloneable('The value takes more than 4 GiB, the limit of a message.');
    const bytes = Buffer.allocUnsafeSlow(
      Math.min(kMostBytes, Math.max(needed, 2 * this.#bytes.length)),
    );
    bytes.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  #byte(byte: number): void {
    this.#makeRoom(1);
    this.#bytes[this.#at++] = byte;
  }

  #count(count: number): void {
    this.#makeRoom(5);
    let rest = count;
    for (; rest >= 0x80; rest >>>= 7) this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.#at++] = rest;
  }

  #number(value: number): void {
    const integer = value | 0;
    if (!Object.is(integer, value)) {
      this.#double(Tag.Double, value);
    } else if (integer >= 0 && integer < kSmallInteger) {
      this.#byte(kSmallInteger | integer);
    } else {
      this.#makeRoom(5);
      this.#bytes[this.#at] = Tag.Int32;
      this.#view.setInt32(this.#at + 1, integer, true);
      this.#at += 5;
    }
  }

  #double(tag: number, value: number): void {
    this.#makeRoom(9);
    this.#bytes[this.#at] = tag;
    this.#view.setFloat64(this.#at + 1, value, true);
    this.#at += 9;
  }

  #text(text: string): void {
    const { length } = text;
    this.#makeRoom(5 + 2 * length);
    const start = this.#at;
    this.#count(2 * length);
    if (this.#units(text)) {
      this.#at += length;
      return;
    }
    this.#at = start;
    this.#count(2 * length + 1);
    this.#at += this.#bytes.write(text, this.#at, 'utf16le');
  }

  /** One byte a unit, if they are so small (and, in long texts, ASCII). */
  #units(text: string): boolean {
    const { length } = text;
    const at = this.#at;
    if (length > kShortText) return this.#bytes.write(text, at, 'utf8') === length;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0xff) return false;
      this.#bytes[at + i] = unit;
    }
    return true;
  }

  #bigint(value: bigint): void {
    const isNegative = value < 0n;
    const digits = (isNegative ? -value : value).toString(16);
    const magnitude = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex').reverse();
    this.#byte(Tag.BigInt);
    this.#count(2 * magnitude.length + (isNegative ? 1 : 0));
    this.#raw(magnitude);
  }

  #raw(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #sized(bytes: Uint8Array): void {
    this.#count(bytes.length);
    this.#raw(bytes);
  }

  // --- values -----------------------------------------------------------------------------------

  #value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.#byte(Tag.String);
        this.#text(value);
        break;
      case 'number':
        this.#number(value);
        break;
      case 'boolean':
        this.#byte(value ? Tag.True : Tag.False);
        break;
      case 'undefined':
        this.#byte(Tag.Undefined);
        break;
      case 'bigint':
        this.#bigint(value);
        break;
      case 'object':
        if (value === null) this.#byte(Tag.Null);
        else this.#object(value);
        break;
      case 'function':
      case 'symbol':
        throw notCloneable(`${String(value)} could not be cloned.`);
    }
  }

  #object(value: object): void {
    const number = this.#seen.get(value);
    if (number !== undefined) {
      this.#byte(Tag.Reference);
      this.#count(number);
      return;
    }
    if (types.isProxy(value)) throw notCloneable('A Proxy could not be cloned.');
    this.#seen.set(value, this.#seen.size);
    if (++this.#depth > kMostFullDepth) {
      const why = 'a value that holds an Error may not be nested deeper';
      throw notCloneable(`The value is nested more than ${kMostFullDepth} deep: ${why}.`);
    }
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype && isPlain(value)) this.#properties(value);
    else if (Array.isArray(value)) this.#array(value);
    else if (!this.#leaf(value) && !this.#container(value)) this.#other(value);
    this.#depth--;
  }

  #properties(value: object): void {
    const keys = Object.keys(value);
    this.#byte(Tag.Object);
    this.#count(keys.length);
    for (const key of keys) this.#property(value, key);
  }

  #property(value: object, key: string): void {
    const property = (value as Record<string, unknown>)[key];
    this.#text(key);
    this.#element(value, key, property);
  }

  #element(value: object, key: string | number, element: unknown): void {
    // A getter of an earlier property may have deleted this one.
    if (element === undefined && !Object.hasOwn(value, key)) this.#byte(Tag.Hole);
    else this.#value(element);
  }

  #array(value: unknown[]): void {
    const { length } = value;
    const keys = Object.keys(value);
    // Indexes come first, in order: if the last key is one, there is no name.
    const hasNames = keys.length > 0 && !isIndex(keys[keys.length - 1] as string);
    if (hasNames || keys.length < length / 2) {
      this.#byte(Tag.Sparse);
      this.#count(length);
      this.#count(keys.length);
      for (const key of keys) this.#property(value, key);
      return;
    }
    this.#byte(Tag.Array);
    this.#count(length);
    for (let i = 0; i < length; i++) this.#element(value, i, value[i]);
  }

  /** Writes an object that holds no other values. Returns false if it is not such an object. */
  #leaf(value: object): boolean {
    if (types.isDate(value)) this.#double(Tag.Date, getTime.call(value));
    else if (types.isRegExp(value)) this.#regExp(value);
    else if (types.isArrayBuffer(value)) this.#arrayBuffer(value);
    else if (ArrayBuffer.isView(value)) this.#bytesOf(value);
    else if (types.isBoxedPrimitive(value)) this.#boxed(value);
    else return false;
    return true;
  }

  /**
   * Writes an object of a kind that holds other values. Returns false if it is not such an object.
   */
  #container(value: object): boolean {
    // In some versions a DOMException is a native error, too.
    if (isDomException(value)) this.#domException(value);
    else if (types.isNativeError(value)) this.#error(value);
    else if (types.isMap(value)) this.#map(value);
    else if (types.isSet(value)) this.#set(value);
    else return false;
    return true;
  }

  /** Writes an object of a class, without a prototype, or of another realm, if it can be cloned. */
  #other(value: object): void {
    if (types.isSharedArrayBuffer(value) || isNative(value)) {
      const what = `An object that only the runtime can copy (${value.constructor?.name})`;
      throw notCloneable(`${what} cannot be sent to another process. Send its contents instead.`);
    }
    this.#hasOthers ||= Object.getPrototypeOf(value) !== null || className(value) !== 'Object';
    this.#properties(value);
  }

  #regExp(value: RegExp): void {
    this.#byte(Tag.RegExp);
    this.#text(sourceOf.call(value));
    this.#text(flagsOf.call(value));
  }

  #arrayBuffer(value: ArrayBuffer): void {
    // Throws if the memory was transferred away.
    const bytes = new Uint8Array(value);
    if (isResizable?.call(value)) {
      this.#byte(Tag.Resizable);
      this.#count(maxByteLengthOf.call(value));
    } else {
      this.#byte(Tag.ArrayBuffer);
    }
    this.#sized(bytes);
  }

  #bytesOf(value: ArrayBufferView): void {
    const name = viewName(value);
    const bytes = bytesOf(value);
    if (name === 'Uint8Array') this.#byte(Tag.Bytes);
    else if (name === 'Buffer') this.#byte(Tag.Buffer);
    else {
      this.#byte(Tag.View);
      this.#byte(kViewNames.indexOf(name));
    }
    this.#sized(bytes);
  }

  #boxed(value: object): void {
    if (types.isSymbolObject(value)) throw notCloneable('A Symbol object could not be cloned.');
    this.#byte(Tag.Boxed);
    this.#value(primitiveIn(value));
  }

  #map(value: Map<unknown, unknown>): void {
    // A getter may change it meanwhile.
    const entries: unknown[] = [];
    forEachEntry.call(value, (member, key) => entries.push(key, member));
    this.#byte(Tag.Map);
    this.#count(entries.length / 2);
    for (const one of entries) this.#value(one);
  }

  #set(value: Set<unknown>): void {
    const members: unknown[] = [];
    forEachMember.call(value, (member) => members.push(member));
    this.#byte(Tag.Set);
    this.#count(members.length);
    for (const one of members) this.#value(one);
  }

  // --- errors -----------------------------------------------------------------------------------

  #error(value: Error): void {
    const said = `${value.name}`;
    const name = (kErrorNames as readonly string[]).includes(said) ? said : 'Error';
    const message = ownData(value, 'message');
    const errors = name === 'AggregateError' ? ownData(value, 'errors') : undefined;
    this.#byte(Tag.Error);
    this.#text(name);
    this.#errorFields(value, message && `${message.value}`, errors);
  }

  #domException(value: DOMException): void {
    this.#byte(Tag.DomException);
    this.#text(domNameOf.call(value));
    this.#errorFields(value, messageOf.call(value), undefined);
  }

  #errorFields(value: Error, message: string | undefined, errors: Property | undefined): void {
    const { stack } = value;
    const hasStack = typeof stack === 'string';
    const cause = ownData(value, 'cause');
    let has = 0;
    if (message !== undefined) has |= kErrorHas.message;
    if (hasStack) has |= kErrorHas.stack;
    if (cause !== undefined) has |= kErrorHas.cause;
    if (errors !== undefined) has |= kErrorHas.errors;
    this.#byte(has);
    if (message !== undefined) this.#text(message);
    if (hasStack) this.#text(stack);
    if (cause !== undefined) this.#value(cause.value);
    if (errors === undefined) return;
    // node:v8 leaves them out, so it must check them separately.
    this.#toBeChecked.push(errors.value);
    this.#value(errors.value);
  }
}

interface Property {
  value?: unknown;
}

/** An own property that is not a getter. */
function ownData(object: object, name: string): Property | undefined {
  const property = Object.getOwnPropertyDescriptor(object, name);
  return property !== undefined && 'value' in property ? property : undefined;
}

/** `arguments` has this prototype, and an error or a regular expression may have been given it. */
function isPlain(value: object): boolean {
  return !(Symbol.toStringTag in value) && className(value) === 'Object';
}

function isIndex(key: string): boolean {
  const index = Number(key) >>> 0;
  return index !== 2 ** 32 - 1 && String(index) === key;
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function primitiveIn(value: object): unknown {
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value);
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value);
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value);
  return BigInt.prototype.valueOf.call(value);
}

/** The error that the structured clone algorithm throws. */
export function notCloneable(text: string): DOMException {
  return new DOMException(text, 'DataCloneError');
}
