/**
 * Objects that `node:v8` writes in a way that another version does not read as the same value:
 * errors, and objects whose contents are native, such as a Blob, which some versions refuse and
 * others write as an object without properties.
 */
import { types } from 'node:util';

/** Native objects, by what `Object.prototype.toString` says in all engines. */
const kNativeNames: ReadonlySet<string> = new Set([
  'Blob',
  'CryptoKey',
  'File',
  'KeyObject',
  'ReadableStream',
  'TransformStream',
  'WebAssembly.Module',
  'WritableStream',
]);
/** Symbols with which Node marks what its workers may send to each other. */
const kMarks: ReadonlySet<string | undefined> = new Set([
  'messaging_clone_symbol',
  'messaging_transfer_symbol',
]);

const { toString: classOf } = Object.prototype;
const { get: codeOf } = Object.getOwnPropertyDescriptor(DOMException.prototype, 'code') as {
  get: () => number;
};

/** The elements of a longer array are found by its keys, since it may be mostly holes. */
const kMostIndexes = 1024;

/** Whether a prototype has a mark. */
const isMarked = new WeakMap<object, boolean>();

/**
 * Whether `node:v8` would write it in a way that another version reads differently. Not for
 * proxies.
 */
export function isSpecial(value: object): boolean {
  return types.isNativeError(value) || isDomException(value) || isNative(value);
}

export function isDomException(value: object): value is DOMException {
  if (!(value instanceof DOMException)) return false;
  try {
    codeOf.call(value);
    return true;
  } catch {
    // An object that only inherits from it.
    return false;
  }
}

/** An object that cannot be sent, as only the runtime knows what is in it. */
export function isNative(value: object): boolean {
  const name = className(value);
  // Objects with options often hold a signal, and every version clones it as an empty object.
  if (name === 'AbortSignal') return false;
  return kNativeNames.has(name) || hasMark(Object.getPrototypeOf(value));
}

/** What `Object.prototype.toString` says. */
export function className(value: object): string {
  return classOf.call(value).slice('[object '.length, -1);
}

function hasMark(prototype: object | null): boolean {
  if (prototype === null || prototype === Object.prototype) return false;
  let answer = isMarked.get(prototype);
  if (answer === undefined) {
    const symbols = Object.getOwnPropertySymbols(prototype);
    answer =
      symbols.some(({ description }) => kMarks.has(description)) ||
      hasMark(Object.getPrototypeOf(prototype));
    isMarked.set(prototype, answer);
  }
  return answer;
}

/** Whether a value that `node:v8` could clone holds a special object. Getters are called again. */
export function holdsSpecial(value: unknown): boolean {
  const seen = new Set<object>();
  const rest: object[] = [];
  add(value, rest);
  for (let one = rest.pop(); one !== undefined; one = rest.pop()) {
    if (seen.has(one)) continue;
    seen.add(one);
    const prototype = Object.getPrototypeOf(one);
    const isPlain = prototype === Object.prototype || prototype === Array.prototype;
    if (!isPlain && isSpecial(one)) return true;
    if (Array.isArray(one)) collectProperties(one, rest);
    else collect(one, rest);
  }
  return false;
}

/**
 * Checks a large value without Errors at a fraction of the cost of holdsSpecial(): whether all
 * objects that `node:v8` has written without properties really have none.
 * @param empties how many objects without properties it has written
 * @param budget how many objects to check: no value has more, but one object can be found many
 *   times
 */
export function areReallyEmpty(value: unknown, empties: number, budget: number): boolean {
  const found = new Set<object>();
  const rest: object[] = [];
  add(value, rest);
  for (let left = budget; left > 0; left--) {
    const one = rest.pop();
    // Some are where this does not search: among the named properties of an array.
    if (one === undefined) return false;
    if (!collect(one, rest)) {
      if (isSpecial(one)) return false;
      found.add(one);
      if (found.size === empties) return true;
    }
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Adds the objects in it to `rest`. Returns false if it is an object without properties. */
function collect(object: object, rest: object[]): boolean {
  const prototype = Object.getPrototypeOf(object);
  if (prototype === Object.prototype) return collectPlain(object, rest);
  if (Array.isArray(object) && object.length <= kMostIndexes) {
    for (let i = 0; i < object.length; i++) add(object[i], rest);
  } else if (types.isMap(object)) {
    Map.prototype.forEach.call(object, (value, key) => {
      add(key, rest);
      add(value, rest);
    });
  } else if (types.isSet(object)) {
    Set.prototype.forEach.call(object, (value) => add(value, rest));
  } else if (!isLeaf(object)) {
    return collectProperties(object, rest) || Array.isArray(object);
  }
  return true;
}

function add(value: unknown, rest: object[]): void {
  if (isObject(value)) rest.push(value);
}

function isLeaf(object: object): boolean {
  return (
    ArrayBuffer.isView(object) ||
    types.isDate(object) ||
    types.isAnyArrayBuffer(object) ||
    types.isRegExp(object) ||
    types.isBoxedPrimitive(object)
  );
}

function collectProperties(object: object, rest: object[]): boolean {
  const keys = Object.keys(object);
  for (let i = 0; i < keys.length; i++) {
    add((object as Record<string, unknown>)[keys[i] as string], rest);
  }
  return keys.length > 0;
}

/**
 * collectProperties() for a plain object, several times as fast. No getter of Object.prototype
 * throws.
 */
function collectPlain(object: object, rest: object[]): boolean {
  let has = false;
  for (const key in object) {
    has = true;
    add((object as Record<string, unknown>)[key], rest);
  }
  return has;
}
