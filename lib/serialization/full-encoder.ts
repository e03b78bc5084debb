/** Writes every value that can be cloned as a full message, in the format of plain-format.ts. */
import { types } from 'node:util';
import { isDense, isIndex } from './array-keys.js';
import { ByteWriter } from './byte-writer.js';
import {
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
import { ancestryOf, nativeKind } from './native-classes.js';
import { kErrorHas, kErrorNames, kFullFormat, kMostFullDepth, Tag } from './plain-format.js';
import { notCloneable } from './refusals.js';
import { kViewNames, viewName } from './views.js';

const { toString: classOf } = Object.prototype;

/** Encodes one message. */
export class FullEncoder {
  readonly #out = new ByteWriter();
  #depth = 0;
  /** The objects so far, and their numbers. */
  readonly #seen = new Map<object, number>();

  /**
   * The message, in memory of its own.
   * @throws DOMException `DataCloneError` for what cannot be cloned, or is nested too deep
   */
  encode(value: unknown): Uint8Array {
    this.#out.byte(kFullFormat);
    this.#value(value);
    return this.#out.finish();
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.#out.byte(Tag.String);
        this.#out.text(value);
        break;
      case 'number':
        this.#out.number(value);
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
        throw notCloneable(value.name === '' ? 'A function' : `The function ${value.name}`);
      case 'symbol':
        throw notCloneable(String(value));
    }
  }

  #object(value: object): void {
    const number = this.#seen.get(value);
    if (number !== undefined) {
      this.#out.byte(Tag.Reference);
      this.#out.count(number);
      return;
    }
    if (types.isProxy(value)) throw notCloneable('A Proxy');
    this.#seen.set(value, this.#seen.size);
    if (++this.#depth > kMostFullDepth)
      throw notCloneable('The value', `: it is nested more than ${kMostFullDepth} deep`);
    const prototype = Object.getPrototypeOf(value);
    const isPlain = prototype === Object.prototype || ancestryOf(prototype).isProgrammed;
    const keys = isPlain && isBare(value) ? Object.keys(value) : undefined;
    // Without properties it may still be of another kind, and have been given this prototype.
    if (keys !== undefined && keys.length > 0) this.#properties(value, keys);
    else if (Array.isArray(value)) this.#array(value);
    else if (!this.#leaf(value) && !this.#container(value)) this.#other(value);
    this.#depth--;
  }

  #properties(value: object, keys: readonly string[]): void {
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
    if (!isDense(value)) {
      const keys = Object.keys(value);
      // Indexes come first, in order: if the last key is one, there is no name.
      const hasNames = keys.length > 0 && !isIndex(keys[keys.length - 1] as string);
      if (hasNames || keys.length < length / 2) {
        this.#sparse(length, value, keys);
        return;
      }
    }
    this.#out.byte(Tag.Array);
    this.#out.count(length);
    for (let i = 0; i < length; i++) {
      const element = value[i];
      if (typeof element === 'number') this.#out.number(element);
      else this.#element(value, i, element);
    }
  }

  #sparse(length: number, value: unknown[], keys: readonly string[]): void {
    this.#out.byte(Tag.Sparse);
    this.#out.count(length);
    this.#out.count(keys.length);
    for (const key of keys) this.#property(value, key);
  }

  /** Writes an object that holds no other values. Returns false if it is not such an object. */
  #leaf(value: object): boolean {
    if (types.isDate(value)) this.#date(value);
    else if (types.isRegExp(value)) this.#regExp(value);
    else if (types.isArrayBuffer(value)) this.#arrayBuffer(value);
    else if (ArrayBuffer.isView(value)) this.#view(value);
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
    if (types.isArgumentsObject(value)) throw notCloneable('An object of arguments');
    const native = nativeKind(value);
    if (native !== undefined) {
      const why = ': only the runtime knows what is in it. Send its contents instead';
      throw notCloneable(`An object of the class ${native}`, why);
    }
    this.#properties(value, Object.keys(value));
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
    const bytes = bytesIn(value, 0, value.byteLength);
    const maxByteLength = maxByteLengthOf(value);
    if (maxByteLength === undefined) {
      this.#out.byte(Tag.ArrayBuffer);
    } else {
      this.#out.byte(Tag.Resizable);
      this.#out.count(maxByteLength);
    }
    this.#out.bytes(bytes);
  }

  #view(value: ArrayBufferView): void {
    const name = viewName(value);
    const bytes = bytesIn(value.buffer, value.byteOffset, value.byteLength);
    if (name === 'Uint8Array') this.#out.byte(Tag.Bytes);
    else if (name === 'Buffer') this.#out.byte(Tag.Buffer);
    else {
      this.#out.byte(Tag.View);
      this.#out.byte(kViewNames.indexOf(name));
    }
    this.#out.bytes(bytes);
  }

  #boxed(value: object): void {
    if (types.isSymbolObject(value)) throw notCloneable('A Symbol object');
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
    this.#out.text(value.name);
    this.#errorFields(value, value.message, undefined);
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
    if (errors !== undefined) this.#value(errors.value);
  }
}

/**
 * Whether an object does not say that it is anything special. `arguments` does, and an error or a
 * date that was given the prototype of a plain object.
 */
function isBare(value: object): boolean {
  return !(Symbol.toStringTag in value) && classOf.call(value) === '[object Object]';
}

function isDomException(value: object): value is DOMException {
  if (ancestryOf(Object.getPrototypeOf(value)).native !== 'DOMException') return false;
  try {
    const { message, name } = value as DOMException;
    return typeof message === 'string' && typeof name === 'string';
  } catch {
    // An object that only inherits from it.
    return false;
  }
}

/** @throws DOMException if the memory was transferred away */
function bytesIn(memory: ArrayBufferLike, offset: number, size: number): Uint8Array {
  try {
    return new Uint8Array(memory, offset, size);
  } catch {
    throw notCloneable('An ArrayBuffer that is detached');
  }
}
