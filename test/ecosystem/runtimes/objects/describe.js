/** What a value is, as a text that is the same in every runtime. */
import { types } from 'node:util';

/** @typedef {(value: unknown) => string} Describe */

/** Longer texts and bodies are told by their length and a checksum. */
const kMostShown = 100;

/** @param {ArrayLike<number>} numbers */
function checksum(numbers) {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum = (Math.imul(sum, 31) + Number(numbers[i])) | 0;
  return sum;
}

/** @param {string} text */
function ofText(text) {
  if (text.length <= kMostShown) return JSON.stringify(text);
  const units = Uint16Array.from(text, (_, i) => text.charCodeAt(i));
  return `text of ${text.length} units (${checksum(Array.from(text, (_, i) => units[i] ?? 0))})`;
}

/** @param {Uint8Array} bytes */
function ofBytes(bytes) {
  if (bytes.length > kMostShown) return `${bytes.length} bytes (${checksum(bytes)})`;
  return Buffer.from(bytes).toString('hex');
}

/** @param {object} object @param {Describe} describe */
const ofProperties = (object, describe) =>
  Object.entries(object).map(([key, value]) => `${JSON.stringify(key)}: ${describe(value)}`);

/** @param {unknown[]} array @param {Describe} describe */
function ofArray(array, describe) {
  const isShort = array.length <= 1000;
  if (!isShort) return `Array(${array.length}) {${ofProperties(array, describe).join(', ')}}`;
  const elements = Array.from(array, (one, i) => (i in array ? describe(one) : 'hole'));
  const names = Object.keys(array).filter((key) => !(String(Number(key)) === key));
  const named = names.map((name) => `${name}: ${describe(Reflect.get(array, name))}`);
  return `[${[...elements, ...named].join(', ')}]`;
}

/** @param {Error} error @param {Describe} describe */
function ofError(error, describe) {
  const parts = [error.name, describe(error.message)];
  if (Object.hasOwn(error, 'stack') || typeof error.stack === 'string') parts.push('stack');
  if (Object.hasOwn(error, 'cause')) parts.push(`cause ${describe(error.cause)}`);
  if (Object.hasOwn(error, 'errors'))
    parts.push(`errors ${describe(Reflect.get(error, 'errors'))}`);
  return `${error.constructor.name}(${[...parts, ...ofProperties(error, describe)].join(', ')})`;
}

/** @param {ArrayBuffer} memory */
function ofMemory(memory) {
  const most = Reflect.get(memory, 'resizable')
    ? ` of ${Reflect.get(memory, 'maxByteLength')}`
    : '';
  return `ArrayBuffer${most} <${ofBytes(new Uint8Array(memory))}>`;
}

/** @param {ArrayBufferView} view */
function ofView(view) {
  const { buffer, byteOffset, byteLength } = view;
  const own = buffer.byteLength === byteLength ? '' : ' in larger memory';
  return `${view.constructor.name}${own} <${ofBytes(new Uint8Array(buffer, byteOffset, byteLength))}>`;
}

/** @param {object} object @param {Describe} describe @returns {string} */
function ofObject(object, describe) {
  if (types.isDate(object)) return `Date ${object.getTime()}`;
  if (types.isRegExp(object)) return `${object} at ${object.lastIndex}`;
  if (types.isBoxedPrimitive(object)) return `Object(${describe(object.valueOf())})`;
  if (Array.isArray(object)) return ofArray(object, describe);
  if (object instanceof Error) return ofError(object, describe);
  if (types.isMap(object)) {
    return `Map {${[...object].map((pair) => pair.map(describe).join(' => ')).join(', ')}}`;
  }
  if (types.isSet(object)) return `Set {${[...object].map(describe).join(', ')}}`;
  if (types.isArrayBuffer(object)) return ofMemory(object);
  if (ArrayBuffer.isView(object)) return ofView(object);
  const isPlain = Object.getPrototypeOf(object) === Object.prototype;
  const what = isPlain ? '' : `${Object.getPrototypeOf(object)?.constructor.name} `;
  return `${what}{${ofProperties(object, describe).join(', ')}}`;
}

/** @param {unknown} value */
export function describe(value) {
  /** @type {Map<object, number>} */
  const numbers = new Map();
  /** @type {Describe} */
  const one = (value) => {
    if (typeof value === 'string') return ofText(value);
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value !== 'object' || value === null)
      return Object.is(value, -0) ? '-0' : String(value);
    const number = numbers.get(value);
    if (number !== undefined) return `#${number}`;
    numbers.set(value, numbers.size);
    return ofObject(value, one);
  };
  return one(value);
}
