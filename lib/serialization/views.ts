/** Typed arrays, DataViews and Buffers as bytes. */
import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { unreadable } from './refusals.js';

/** Each view's place in this list is its number in a message. */
export const kViewNames = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'DataView',
  'Buffer',
  'BigInt64Array',
  'BigUint64Array',
  // The only one that not every runtime has: Node has it since version 24.
  'Float16Array',
] as const;

type ViewName = (typeof kViewNames)[number];
type ViewMaker = new (memory: ArrayBuffer) => ArrayBufferView;

// Tells the kind of a view of any realm, even if the view has a misleading name.
const { get: nameOf } = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
) as { get: () => ViewName };

/** The kind of a view. One of another realm, or of a subclass, counts as its basic kind. */
export function viewName(view: ArrayBufferView): ViewName {
  if (Object.getPrototypeOf(view) === Buffer.prototype) return 'Buffer';
  return types.isDataView(view) ? 'DataView' : nameOf.call(view);
}

/**
 * Makes the view of that number, in memory of its own.
 * @throws Error if the number is unknown, the runtime lacks the kind, or the size does not fit it
 */
export function makeView(number: number, bytes: Uint8Array): ArrayBufferView {
  const name = kViewNames[number];
  if (name === undefined) throw unreadable(`holds a view of memory of an unknown kind (${number})`);
  if (name === 'Buffer') return ownBuffer(bytes);
  if (name === 'Uint8Array') return new Uint8Array(bytes);
  const Maker = (globalThis as unknown as Partial<Record<string, ViewMaker>>)[name];
  if (Maker === undefined) {
    throw unreadable(`holds a ${name}, which this runtime does not have (Node: since version 24)`);
  }
  const { BYTES_PER_ELEMENT: size = 1 } = Maker as { BYTES_PER_ELEMENT?: number };
  if (bytes.length % size !== 0)
    throw unreadable(`holds a ${name} of ${bytes.length} bytes, which is no multiple of ${size}`);
  return new Maker(ownMemory(bytes));
}

/** A copy of the bytes in an ArrayBuffer of exactly their size. */
export function ownMemory(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

/** A copy of the bytes as a Buffer, in memory that Node's small Buffers do not share. */
export function ownBuffer(bytes: Uint8Array): Buffer {
  const buffer = Buffer.allocUnsafeSlow(bytes.length);
  buffer.set(bytes);
  return buffer;
}
