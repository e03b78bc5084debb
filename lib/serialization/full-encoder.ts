/** Writes every value that can be cloned as a full message, in the format of plain-format.ts. */
import { types } from 'node:util';
import { ByteWriter } from './byte-writer.js';
import {
  bytesOf,
  domMessageOf,
  domNameOf,
  entriesOf,
  flagsOf,
  maxByteLengthOf,
  membersOf,
  ownData,
  type Property,
  primitiveIn,
  sourceOf,
  timeOf,
} from './contents.js';
import {
  kErrorHas,
  kErrorNames,
  kFullFormat,
  kMostFullDepth,
  kSmallInteger,
  Tag,
} from './plain-format.js';
import { notCloneable } from './refusals.js';
import { className, isDomException, isNative } from './special-objects.js';
import { kViewNames, viewName } from './views.js';

/** Encodes one message. */
export class FullEncoder {
  readonly #out = new ByteWriter();
  #depth = 0;
  /** The objects so far, and their numbers. */
  readonly #seen = new Map<object, number>();
  readonly #toBeChecked: unknown[] = [];
  #hasOthers = false;

  /**
   * The message, in memory of its own.
   * @throws DOMException `DataCloneError` for what cannot be cloned, or is nested too deep
   */
  encode(value: unknown): Uint8Array {
    this.#out.byte(kFullFormat);
    this.#value(value);
    return this.#out.finish();
  }

  /**
   * After encode(): the values that `node:v8` must check, since only it knows all objects that
   * cannot be cloned.
   * @param value what was encoded
   */
  toBeChecked(value: unknown): unknown[] {
    return this.#hasOthers ? [value, ...this.#toBeChecked] : [];
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.#out.byte(Tag.String);
        this.#out.text(value);
        break;
      case 'number':
        this.#number(value);
        break;
      case 'boolean':
        this.#out.byte(value ? Tag.True : Tag.False);
        break;
      case 'undefined':
        this.#out.byte(Tag.Undefined);
        break;
      case 'bigint':
        this.#out.byte(Tag.BigInt);
        this.#out.bigint(value);
        break;
      case 'object':
        if (value === null) this.#out.byte(Tag.Null);
        else this.#object(value);
        break;
      case 'function':
      case 'symbol':
        throw notCloneable(`${String(value)} could not be cloned.`);
    }
  }

  #number(value: number): void {
    const integer = value | 0;
    if (!Object.is(integer, value)) {
      this.#out.byte(Tag.Double);
      this.#out.double(value);
    } else if (integer >= 0 && integer < kSmallInteger) {
      this.#out.byte(kSmallInteger | integer);
    } else {
      this.#out.byte(Tag.Int32);
      this.#out.int32(integer);
    }
  }

  #object(value: object): void {
    const number = this.#seen.get(value);
    if (number !== undefined) {
      this.#out.byte(Tag.Reference);
      this.#out.count(number);
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
    this.#out.byte(Tag.Object);
    this.#out.count(keys.length);
    for (const key of keys) this.#property(value, key);
  }

  #property(value: object, key: string): void {
    const property = (value as Record<string, unknown>)[key];
    this.#out.text(key);
    this.#element(value, key, property);
  }

  #element(value: object, key: string | number, element: unknown): void {
    // A getter of an earlier property may have deleted this one.
    if (element === undefined && !Object.hasOwn(value, key)) this.#out.byte(Tag.Hole);
    else this.#value(element);
  }

  #array(value: unknown[]): void {
    const { length } = value;
    const keys = Object.keys(value);
    // Indexes come first, in order: if the last key is one, there is no name.
    const hasNames = keys.length > 0 && !isIndex(keys[keys.length - 1] as string);
    if (hasNames || keys.length < length / 2) {
      this.#out.byte(Tag.Sparse);
      this.#out.count(length);
      this.#out.count(keys.length);
      for (const key of keys) this.#property(value, key);
      return;
    }
    this.#out.byte(Tag.Array);
    this.#out.count(length);
    for (let i = 0; i < length; i++) this.#element(value, i, value[i]);
  }

  /** Writes an object that holds no other values. Returns false if it is not such an object. */
  #leaf(value: object): boolean {
    if (types.isDate(value)) this.#date(value);
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

  #date(value: Date): void {
    this.#out.byte(Tag.Date);
    this.#out.double(timeOf(value));
  }

  #regExp(value: RegExp): void {
    this.#out.byte(Tag.RegExp);
    this.#out.text(sourceOf(value));
    this.#out.text(flagsOf(value));
  }

  #arrayBuffer(value: ArrayBuffer): void {
    // Throws if the memory was transferred away.
    const bytes = new Uint8Array(value);
    const maxByteLength = maxByteLengthOf(value);
    if (maxByteLength === undefined) {
      this.#out.byte(Tag.ArrayBuffer);
    } else {
      this.#out.byte(Tag.Resizable);
      this.#out.count(maxByteLength);
    }
    this.#out.bytes(bytes);
  }

  #bytesOf(value: ArrayBufferView): void {
    const name = viewName(value);
    const bytes = bytesOf(value);
    if (name === 'Uint8Array') this.#out.byte(Tag.Bytes);
    else if (name === 'Buffer') this.#out.byte(Tag.Buffer);
    else {
      this.#out.byte(Tag.View);
      this.#out.byte(kViewNames.indexOf(name));
    }
    this.#out.bytes(bytes);
  }

  #boxed(value: object): void {
    if (types.isSymbolObject(value)) throw notCloneable('A Symbol object could not be cloned.');
    this.#out.byte(Tag.Boxed);
    this.#value(primitiveIn(value));
  }

  #map(value: Map<unknown, unknown>): void {
    const entries = entriesOf(value);
    this.#out.byte(Tag.Map);
    this.#out.count(entries.length / 2);
    for (const one of entries) this.#value(one);
  }

  #set(value: Set<unknown>): void {
    const members = membersOf(value);
    this.#out.byte(Tag.Set);
    this.#out.count(members.length);
    for (const one of members) this.#value(one);
  }

  // --- errors -----------------------------------------------------------------------------------

  #error(value: Error): void {
    const said = `${value.name}`;
    const name = (kErrorNames as readonly string[]).includes(said) ? said : 'Error';
    const message = ownData(value, 'message');
    const errors = name === 'AggregateError' ? ownData(value, 'errors') : undefined;
    this.#out.byte(Tag.Error);
    this.#out.text(name);
    this.#errorFields(value, message && `${message.value}`, errors);
  }

  #domException(value: DOMException): void {
    this.#out.byte(Tag.DomException);
    this.#out.text(domNameOf(value));
    this.#errorFields(value, domMessageOf(value), undefined);
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
    this.#out.byte(has);
    if (message !== undefined) this.#out.text(message);
    if (hasStack) this.#out.text(stack);
    if (cause !== undefined) this.#value(cause.value);
    if (errors === undefined) return;
    // node:v8 leaves them out, so it must check them separately.
    this.#toBeChecked.push(errors.value);
    this.#value(errors.value);
  }
}

/** `arguments` has this prototype, and an error or a regular expression may have been given it. */
function isPlain(value: object): boolean {
  return !(Symbol.toStringTag in value) && className(value) === 'Object';
}

function isIndex(key: string): boolean {
  const index = Number(key) >>> 0;
  return index !== 2 ** 32 - 1 && String(index) === key;
}
