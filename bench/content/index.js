/** What a task sends, and how it is checked. */
import { ByteCheck, CopyOut, NoCheck } from './byte-check.js';
import { ByteSource } from './byte-source.js';
import { ObjectCheck, ObjectSource } from './objects.js';

/**
 * @typedef {object} Content
 * @property {number} size bytes of one write
 * @property {boolean} touch whether each byte is written before and read after it was sent
 * @property {boolean} [objects] objects instead of bytes
 */

/** @typedef {Pick<ByteSource, 'size' | 'next' | 'alone' | 'fill' | 'fresh'>} Source */
/** @typedef {{ accept: (chunk: any) => number }} Check */

/** Contenders of objects take `next()` or `alone()`. @param {Content} content @returns {Source} */
export function makeSource({ size, touch, objects = false }) {
  return objects ? /** @type {any} */ (new ObjectSource()) : new ByteSource(size, touch);
}

/**
 * @param {Content} content @param {boolean} inPlace the consumer sees memory that is not its own
 * @returns {Check}
 */
export function makeCheck({ touch, objects = false }, inPlace) {
  if (objects) return new ObjectCheck();
  if (touch) return new ByteCheck();
  return inPlace ? new CopyOut() : new NoCheck();
}
