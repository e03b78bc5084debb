/** Bytes that callers pass in: of whichever realm, and whether their memory is still there. */
import { types } from 'node:util';

/**
 * Whether it is a Uint8Array, also one of another realm (node:vm, Jest, jsdom), of which `instanceof`
 * knows nothing.
 */
export function isBytes(value: unknown): value is Uint8Array {
  return types.isUint8Array(value);
}

/**
 * Whether the memory of a view is not there any more: transferred away, or shrunk until the view lies
 * outside of it. Such a view has no length, as one that is honestly empty.
 */
export function isGone(view: ArrayBufferView): boolean {
  try {
    // A DataView throws here.
    if (view.byteLength > 0 || types.isDataView(view)) return false;
    // A typed array throws here, and if it is empty there is nothing to search.
    Uint8Array.prototype.includes.call(view as Uint8Array, 0);
    return false;
  } catch {
    return true;
  }
}

/** The bytes of a view that is not gone, as the Uint8Array that the native side takes. */
export function toBytes(view: ArrayBufferView): Uint8Array {
  if (types.isUint8Array(view)) return view;
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
