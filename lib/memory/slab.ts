/** Memory that is handed out in parts, one behind the other, and never written again where it was. */
import { Buffer } from 'node:buffer';
import { markAsUntransferable } from 'node:worker_threads';

/** So many bytes, which hold anything. They stay: transferring one part would empty the others. */
export function takeSlab(bytes: number): Buffer<ArrayBuffer> {
  const slab = Buffer.allocUnsafeSlow(bytes);
  markAsUntransferable(slab.buffer);
  return slab;
}
