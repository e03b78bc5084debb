/** Each kind of value, and what every runtime must make of it. */
import * as crypto from 'node:crypto';
import { EventEmitter } from 'node:events';
import * as net from 'node:net';
import * as performance from 'node:perf_hooks';

/** What a maker returns in a runtime that has no such thing. */
export const kAbsent = Symbol('absent');

/**
 * @typedef {object} Value
 * @property {() => unknown} make
 * @property {string} [arrives] as describe() says it
 * @property {true} [isSame] arrives as it was
 * @property {RegExp} [refused] what the writer says
 * @property {RegExp} [unknown] what a reader says that does not have it; each reader that has, reads it
 * @property {readonly string[]} [except] runtimes that write it all the same, as an object of a class
 */

/** @param {string} arrives @param {() => unknown} make @returns {Value} */
const carried = (arrives, make) => ({ make, arrives });
/** @param {() => unknown} make @returns {Value} */
const same = (make) => ({ make, isSame: true });
/** @param {RegExp} refused @param {() => unknown} make @returns {Value} */
const refused = (refused, make) => ({ make, refused });
/** @param {RegExp} refused @param {() => unknown} make @returns {Value} */
const elsewhere = (refused, make) => ({ make, refused, except: ['deno'] });
/** @param {string} arrives @param {RegExp} unknown @param {() => unknown} make @returns {Value} */
const later = (arrives, unknown, make) => ({ make, arrives, unknown });

/** A global that not every runtime has. @param {string} name @returns {any} */
const globalOf = (name) => Reflect.get(globalThis, name);
/** @param {string} name @param {(Type: any) => unknown} make */
const ifGlobal = (name, make) => () => (globalOf(name) ? make(globalOf(name)) : kAbsent);

class Point {
  x = 1;
  #hidden = 2;
  get sum() {
    return this.x + this.#hidden;
  }
}
class Named extends TypeError {
  /** @override */
  name = 'Named';
}
class Tagged {
  x = 1;
  get [Symbol.toStringTag]() {
    return 'Tagged';
  }
}
class Money {
  x = 1;
}
Object.defineProperty(Money.prototype, Symbol.toStringTag, { value: 'Money' });
class List extends Array {}
class Counter extends EventEmitter {
  count = 1;
}
function OldError() {
  this.code = 5;
}
OldError.prototype = Object.create(Error.prototype);

function argumentsOf() {
  // biome-ignore lint/complexity/noArguments: that is what it is about
  return arguments;
}

const once = { id: 1 };
/** @param {number} depth @returns {unknown} */
const chain = (depth) => Array.from({ length: depth }).reduce((inside) => [inside], 0);
const circle = () => {
  /** @type {Record<string, unknown>} */
  const made = { name: 'circle' };
  made.self = made;
  return made;
};
const mapInItself = () => {
  const map = new Map();
  return map.set('map', map);
};
const errorInItself = () => {
  const error = new Error('m');
  error.cause = { error };
  return error;
};
const detached = () => {
  const bytes = new Uint8Array(4);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
};
/** @param {number} size @param {number} most */
const resizable = (size, most) => Reflect.construct(ArrayBuffer, [size, { maxByteLength: most }]);
/** @param {string} source @param {string} flags */
const expression = (source, flags) => () => {
  try {
    return new RegExp(source, flags);
  } catch {
    return kAbsent;
  }
};

/** @type {Record<string, Value>} */
export const values = {
  undefined: carried('undefined', () => undefined),
  booleans: carried('[true, false, null]', () => [true, false, null]),
  numbers: carried('[0, -0, 127, -1, 2147483647, 0.1, NaN, Infinity, 5e-324]', () => [
    0,
    -0,
    127,
    -1,
    2 ** 31 - 1,
    0.1,
    Number.NaN,
    Infinity,
    5e-324,
  ]),
  bigints: carried('[0n, -1n, 18446744073709551616n]', () => [0n, -1n, 2n ** 64n]),
  texts: carried('["", "a\\u0000é€😀"]', () => ['', 'a\0é€😀']),
  'lone surrogates': carried('["\\ud800", "a\\udc00b"]', () => ['\ud800', 'a\udc00b']),
  'long text, one byte a unit': same(() => 'é'.repeat(40_000)),
  'long text, two bytes a unit': same(() => '€'.repeat(40_000)),
  plain: carried('{"a": 1, "b": {"c": [1, "x", {}]}, "u": undefined}', () => ({
    a: 1,
    b: { c: [1, 'x', {}] },
    u: undefined,
  })),
  'more than 16 KiB': same(() =>
    Array.from({ length: 900 }, (_, id) => ({ id, name: `name ${id}` })),
  ),
  'a thousand keys': same(() =>
    Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key ${i}`, i])),
  ),
  '64 deep': same(() => chain(64)),
  '1000 deep': same(() => chain(1000)),
  'deeper than that': refused(/nested more than 1000 deep/, () => chain(1001)),
  'key __proto__': carried('{"__proto__": {"a": 1}}', () => JSON.parse('{"__proto__": {"a": 1}}')),
  'no prototype': carried('{"a": 1}', () => Object.assign(Object.create(null), { a: 1 })),
  class: carried('{"x": 1}', () => new Point()),
  'getters, symbols, hidden': carried('{"a": 1}', () => ({
    get a() {
      return 1;
    },
    [Symbol('s')]: 1,
  })),
  'one object, twice': carried('[{"id": 1}, #1, Map {#1 => #1}]', () => [
    once,
    once,
    new Map([[once, once]]),
  ]),
  circle: carried('{"name": "circle", "self": #0}', circle),
  'a map in itself': carried('Map {"map" => #0}', mapInItself),
  Date: carried('[Date 5, Date NaN]', () => [new Date(5), new Date(Number.NaN)]),
  'RegExp: dgimsuy': carried('/a(b)?\\/\\n/dgimsuy at 0', expression('a(b)?/\n', 'dgimsuy')),
  'RegExp: v': carried('/[a--b]/v at 0', expression('[a--b]', 'v')),
  'RegExp: (?i:a)': later('/(?i:a)/ at 0', /regular expression/, expression('(?i:a)', '')),
  'RegExp: lastIndex': carried('/x/g at 0', () => Object.assign(/x/g, { lastIndex: 3 })),
  Map: carried(
    'Map {"a" => 1, {"k": 1} => Set {1}, NaN => undefined}',
    () =>
      new Map(
        /** @type {[unknown, unknown][]} */ ([
          ['a', 1],
          [{ k: 1 }, new Set([1])],
          [Number.NaN, undefined],
        ]),
      ),
  ),
  Set: carried('Set {"x", Date 0, {}}', () => new Set(['x', new Date(0), {}])),
  boxed: carried('[Object(5), Object("€"), Object(true), Object(7n), Object(-0)]', () => [
    Object(5),
    Object('€'),
    Object(true),
    Object(7n),
    Object(-0),
  ]),
  'boxed symbol': refused(/Symbol/, () => Object(Symbol('s'))),
  holes: carried('[1, hole, 3]', () => Object.assign([1], { 2: 3 })),
  'only holes': carried('[hole, hole, hole]', () => new Array(3)),
  'many holes': carried('Array(100000) {"5": 1, "70000": 2}', () =>
    Object.assign([], { 5: 1, 70000: 2, length: 100_000 }),
  ),
  'an array with names': carried('[1, 2, name: "x"]', () => Object.assign([1, 2], { name: 'x' })),
  'a match': carried('["a", index: 0, input: "ab", groups: undefined]', () => 'ab'.match(/a/)),
  'an array of a class': carried('[1, 2]', () => List.of(1, 2)),
  Uint8Array: carried('Uint8Array <010203>', () => Uint8Array.of(1, 2, 3)),
  'Uint8Array, a part': carried('Uint8Array <0203>', () => Uint8Array.of(1, 2, 3).subarray(1)),
  Buffer: carried('Buffer <6162>', () => Buffer.from('ab')),
  'Buffer, empty': carried('[Buffer <>, Uint8Array <>]', () => [
    Buffer.alloc(0),
    new Uint8Array(0),
  ]),
  'typed arrays': carried(
    '[Int8Array <ff>, Uint8ClampedArray <ff>, Int16Array <feff>, Uint16Array <0200>, Int32Array <fdffffff>, Uint32Array <03000000>, Float32Array <0000003f>, Float64Array <000000000000e03f>, BigInt64Array <ffffffffffffffff>, BigUint64Array <0100000000000000>]',
    () => [
      Int8Array.of(-1),
      Uint8ClampedArray.of(300),
      Int16Array.of(-2),
      Uint16Array.of(2),
      Int32Array.of(-3),
      Uint32Array.of(3),
      Float32Array.of(0.5),
      Float64Array.of(0.5),
      BigInt64Array.of(-1n),
      BigUint64Array.of(1n),
    ],
  ),
  Float16Array: later(
    'Float16Array <003c0041>',
    /Float16Array.*since version 24/,
    ifGlobal('Float16Array', (Type) => Type.of(1, 2.5)),
  ),
  DataView: carried('DataView <0203>', () => new DataView(Uint8Array.of(1, 2, 3).buffer, 1)),
  'a large body': same(() => new Uint8Array(100_000).fill(7)),
  ArrayBuffer: carried('ArrayBuffer <0908>', () => Uint8Array.of(9, 8).buffer),
  'ArrayBuffer, resizable': carried('ArrayBuffer of 10 <000000>', () => resizable(3, 10)),
  'a view that tracks its length': carried(
    'Uint8Array <00000000>',
    () => new Uint8Array(resizable(4, 8)),
  ),
  'views of one ArrayBuffer': carried('[Uint8Array <0102>, Uint8Array <02>]', () => {
    const { buffer } = Uint8Array.of(1, 2);
    return [new Uint8Array(buffer), new Uint8Array(buffer, 1)];
  }),
  'bytes of shared memory': carried(
    'Uint8Array <00000000>',
    () => new Uint8Array(new SharedArrayBuffer(4)),
  ),
  'memory that was transferred': refused(/detached/, detached),
  SharedArrayBuffer: refused(/SharedArrayBuffer/, () => new SharedArrayBuffer(1)),
  Errors: carried(
    '[Error(Error, "m", stack), EvalError(EvalError, "m", stack), RangeError(RangeError, "m", stack), ReferenceError(ReferenceError, "m", stack), SyntaxError(SyntaxError, "m", stack), TypeError(TypeError, "m", stack), URIError(URIError, "m", stack)]',
    () =>
      [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
        (Kind) => new Kind('m'),
      ),
  ),
  'an Error with a cause': carried(
    'Error(Error, "m", stack, cause RangeError(RangeError, "why", stack))',
    () => new Error('m', { cause: new RangeError('why') }),
  ),
  'an Error within itself': carried('Error(Error, "m", stack, cause {"error": #0})', errorInItself),
  'an Error with properties': carried('Error(Error, "m", stack)', () =>
    Object.assign(new Error('m'), { code: 'E' }),
  ),
  'an Error of a class': carried('Error(Error, "m", stack)', () => new Named('m')),
  'a class with a tag': carried('{"x": 1}', () => new Tagged()),
  'a class with a tag as native ones have it': carried('{"x": 1}', () => new Money()),
  'a class of EventEmitter': carried(
    '{"_events": {}, "_eventsCount": 0, "_maxListeners": undefined, "count": 1}',
    () => new Counter(),
  ),
  'inherits from Map, and is none': carried('{"a": 1}', () =>
    Object.assign(Object.create(Map.prototype), { a: 1 }),
  ),
  'an object that inherits from Error': carried('{"code": 5}', () =>
    Reflect.construct(OldError, []),
  ),
  AggregateError: carried(
    'AggregateError(AggregateError, "m", stack, errors [Error(Error, "n", stack), 1])',
    () => new AggregateError([new Error('n'), 1], 'm'),
  ),
  SuppressedError: carried(
    'Error(Error, "m", stack)',
    ifGlobal('SuppressedError', (Kind) => new Kind(1, 2, 'm')),
  ),
  DOMException: carried(
    'DOMException(AbortError, "m", stack)',
    () => new DOMException('m', 'AbortError'),
  ),
  "an AbortSignal's reason": carried(
    'DOMException(AbortError, "m", stack)',
    () => AbortSignal.abort(new DOMException('m', 'AbortError')).reason,
  ),
  'own properties of a Map': carried('[Map {}, Date 1]', () => [
    Object.assign(new Map(), { a: 1 }),
    Object.assign(new Date(1), { a: 1 }),
  ]),
  arguments: refused(/arguments/, () => argumentsOf(1)),

  function: refused(/function/i, () => () => {}),
  symbol: refused(/Symbol/, () => [Symbol('s')]),
  'a class itself': refused(/function Point/, () => Point),
  Proxy: refused(/Proxy/, () => new Proxy({}, {})),
  Promise: refused(/Promise/, () => ({ later: Promise.resolve() })),
  WeakMap: refused(/WeakMap/, () => new WeakMap()),
  WeakSet: refused(/WeakSet/, () => new WeakSet()),
  WeakRef: refused(/WeakRef/, () => new WeakRef({})),
  FinalizationRegistry: refused(/FinalizationRegistry/, () => new FinalizationRegistry(() => {})),
  generator: refused(/Generator/, () => (function* () {})()),
  'async generator': refused(/AsyncGenerator/, () => (async function* () {})()),
  'iterator of an array': refused(/Array Iterator/, () => [1][Symbol.iterator]()),
  'iterator of a map': refused(/Map Iterator/, () => new Map()[Symbol.iterator]()),
  'iterator of a text': refused(/String Iterator/, () => 'a'[Symbol.iterator]()),
  'iterator of matches': refused(/RegExp String Iterator/, () => 'a'.matchAll(/a/g)),
  'Iterator helper': refused(
    /Iterator/,
    ifGlobal('Iterator', () => Reflect.get([1].values(), 'map').call([1].values(), String)),
  ),
  'Intl.NumberFormat': refused(/Intl.NumberFormat/, () => new Intl.NumberFormat('en')),
  'Intl.DateTimeFormat': refused(/Intl.DateTimeFormat/, () => new Intl.DateTimeFormat('en')),
  'Temporal.PlainDate': refused(
    /Temporal.PlainDate/,
    ifGlobal('Temporal', ({ PlainDate }) => new PlainDate(2026, 1, 1)),
  ),
  'Temporal.Instant': refused(
    /Temporal.Instant/,
    ifGlobal('Temporal', ({ Instant }) => new Instant(0n)),
  ),
  'WebAssembly.Module': refused(
    /WebAssembly.Module/,
    ifGlobal('WebAssembly', ({ Module }) => new Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))),
  ),
  'WebAssembly.Memory': refused(
    /WebAssembly.Memory/,
    ifGlobal('WebAssembly', ({ Memory }) => new Memory({ initial: 1 })),
  ),
  'a module': refused(/Module/, () => import('./describe.js')),

  URL: refused(/URL/, () => new URL('http://localhost/')),
  URLSearchParams: refused(/URLSearchParams/, () => new URLSearchParams('a=1')),
  Headers: refused(/Headers/, () => new Headers({ a: '1' })),
  FormData: refused(/FormData/, () => new FormData()),
  Request: refused(/Request/, () => new Request('http://localhost/')),
  Response: refused(/Response/, () => new Response('text')),
  Blob: refused(/Blob/, () => new Blob(['text'])),
  'Blob with a property': refused(/Blob/, () => Object.assign(new Blob(['text']), { id: 1 })),
  File: refused(
    /File|Blob/,
    ifGlobal('File', (Type) => new Type(['text'], 'name')),
  ),
  AbortSignal: refused(/AbortSignal/, () => ({ signal: new AbortController().signal })),
  AbortController: refused(/AbortController/, () => new AbortController()),
  Event: refused(/Event/, () => new Event('e')),
  EventTarget: refused(/EventTarget/, () => new EventTarget()),
  'a class of EventTarget': refused(
    /EventTarget/,
    () =>
      new (class Counter extends EventTarget {
        count = 1;
      })(),
  ),
  MessagePort: refused(/MessagePort/, () => new MessageChannel().port1),
  MessageChannel: refused(/MessageChannel/, () => new MessageChannel()),
  BroadcastChannel: refused(/BroadcastChannel|EventTarget/, () => new BroadcastChannel('c')),
  ReadableStream: refused(/ReadableStream/, () => new ReadableStream()),
  WritableStream: refused(/WritableStream/, () => new WritableStream()),
  TransformStream: refused(/TransformStream/, () => new TransformStream()),
  TextEncoder: refused(/TextEncoder/, () => new TextEncoder()),
  TextDecoder: refused(/TextDecoder/, () => new TextDecoder()),
  CryptoKey: refused(/CryptoKey/, async () => [
    await crypto.webcrypto.subtle.importKey('raw', new Uint8Array(16), 'AES-CBC', true, [
      'encrypt',
    ]),
  ]),
  KeyObject: refused(/KeyObject/, () => crypto.createSecretKey(Buffer.from('key'))),
  BlockList: elsewhere(/BlockList/, () => new net.BlockList()),
  SocketAddress: elsewhere(/SocketAddress/, () => new net.SocketAddress({})),
  Histogram: elsewhere(/Histogram/, () => performance.createHistogram()),
  PerformanceMark: refused(/PerformanceMark/, () => globalThis.performance.mark('m')),
};
