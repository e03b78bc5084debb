/** Checks of bytes that callers pass in: of any realm, and perhaps without their memory. */
import { types } from 'node:util';

/**
 * Whether it is a Uint8Array, even if it comes from another realm (node:vm, Jest, jsdom), which
 * `instanceof` does not see.
 */
export function isBytes(value: unknown): value is Uint8Array {
  return types.isUint8Array(value);
}

/**
 * Whether the memory of a view is gone: transferred away, or shrunk until the view lies outside it.
 * The length of such a view is 0, as that of a view that is really empty.
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
