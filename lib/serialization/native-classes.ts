/**
 * Objects whose contents only the runtime knows, such as a URL, a Promise or an Intl.NumberFormat.
 * To JavaScript they look like objects without properties, and engines differ in which of them they
 * clone as that. Here they are told by their classes, which look alike in all engines and realms.
 */
import { types } from 'node:util';
import { ownData } from './contents.js';

/** What the prototypes of an object say about it. */
export interface Ancestry {
  /** The name of the native class that it inherits from; undefined: there is none. */
  native: string | undefined;
  /** All its prototypes are of classes of programs, and the last is that of plain objects. */
  isProgrammed: boolean;
}

/** Node marks with these what its workers may send to each other. */
const kMarks: ReadonlySet<string | undefined> = new Set([
  'messaging_clone_symbol',
  'messaging_transfer_symbol',
]);
/** Of `node:crypto`; in Deno nothing else tells it from a class of a program. */
const kKey = 'KeyObject';
/**
 * Native classes of the language that objects may inherit from without being one of them, as those
 * of old classes of errors do. What is one of them is told otherwise.
 */
const kInherited: ReadonlySet<string> = new Set([
  'AggregateError',
  'Array',
  'ArrayBuffer',
  'BigInt',
  'BigInt64Array',
  'BigUint64Array',
  'Boolean',
  'Buffer',
  'DataView',
  'Date',
  'Error',
  'EvalError',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'Function',
  'Int8Array',
  'Int16Array',
  'Int32Array',
  'Map',
  'Number',
  'RangeError',
  'ReferenceError',
  'RegExp',
  'Set',
  'String',
  'SuppressedError',
  'Symbol',
  'SyntaxError',
  'TypedArray',
  'TypeError',
  'Uint8Array',
  'Uint8ClampedArray',
  'Uint16Array',
  'Uint32Array',
  'URIError',
]);

type IsOne = (value: unknown) => boolean;

/** Kinds of objects that cannot be sent, even if they were given another prototype. */
const kKinds: readonly (readonly [kind: string, isOne: IsOne])[] = [
  ['SharedArrayBuffer', types.isSharedArrayBuffer],
  ['Promise', types.isPromise],
  ['WeakMap', types.isWeakMap],
  ['WeakSet', types.isWeakSet],
  ['Generator', types.isGeneratorObject],
  ['Module', types.isModuleNamespaceObject],
  // Deno does not have it.
  ['External', types.isExternal ?? (() => false)],
];

const kPlain: Ancestry = { native: undefined, isProgrammed: true };

const sourceOf = Function.prototype.toString;
const known = new WeakMap<object, Ancestry>();

/** The class of an object that cannot be sent, as only the runtime knows what is in it. */
export function nativeKind(value: object): string | undefined {
  const { native } = ancestryOf(Object.getPrototypeOf(value));
  return native ?? kKinds.find(([, isOne]) => isOne(value))?.[0];
}

/** @param prototype of the object, or null */
export function ancestryOf(prototype: object | null): Ancestry {
  if (prototype === null || prototype === Object.prototype) return kPlain;
  let ancestry = known.get(prototype);
  if (ancestry === undefined) {
    ancestry = examine(prototype);
    known.set(prototype, ancestry);
  }
  return ancestry;
}

function examine(prototype: object): Ancestry {
  const native = nativeName(prototype);
  // That of plain objects in another realm.
  if (native === 'Object') return kPlain;
  const above = ancestryOf(Object.getPrototypeOf(prototype));
  if (native === undefined) return above;
  // Some of Node's have an empty name.
  const isNameless = native === '' && above.native !== undefined;
  return {
    native: isNameless || kInherited.has(native) ? above.native : native,
    isProgrammed: false,
  };
}

/** The name of the native class whose prototype an object is. */
function nativeName(prototype: object): string | undefined {
  const tag = nativeTag(prototype);
  const maker = ownData(prototype, 'constructor')?.value;
  // Those of iterators and generators have no constructor, or one that is no function.
  if (typeof maker !== 'function') return tag;
  if (tag !== undefined && (tag === kKey || Object.hasOwn(globalThis, tag))) return tag;
  const isNative = isNativeClass(maker, prototype) || isMarked(prototype);
  return isNative ? (tag ?? maker.name) : undefined;
}

/** As classes of the language and of the web have it; other ones rarely do. */
function nativeTag(prototype: object): string | undefined {
  const tag = Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag);
  const isNative = typeof tag?.value === 'string' && !tag.writable && !tag.enumerable;
  return isNative ? tag.value : undefined;
}

/** Bound functions and proxies look native, too, but are no classes, or somebody else's. */
function isNativeClass(maker: object, prototype: object): boolean {
  if (types.isProxy(maker) || ownData(maker, 'prototype')?.value !== prototype) return false;
  return /\{\s*\[native code\]\s*\}\s*$/.test(sourceOf.call(maker));
}

function isMarked(prototype: object): boolean {
  return Object.getOwnPropertySymbols(prototype).some(({ description }) => kMarks.has(description));
}
