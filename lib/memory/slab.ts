/** Memory that is given out in parts, one after the other; no part is written twice. */
import { Buffer } from 'node:buffer';
import { markAsUntransferable } from 'node:worker_threads';

/**
 * Memory that may hold old bytes. It cannot be transferred, since that would empty all its parts.
 */
export function takeSlab(bytes: number): Buffer<ArrayBuffer> {
  const slab = Buffer.allocUnsafeSlow(bytes);
  markAsUntransferable(slab.buffer);
  return slab;
}
