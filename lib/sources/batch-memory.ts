/**
 * Memory into which readers take messages out of the ring, many at a time. Consumers never get it,
 * so it can be used again, and stays in the processor's caches.
 */
import { Buffer } from 'node:buffer';

const kBatchBytes = 64 * 1024;
/**
 * After a message larger than this, only the length of the next one is taken, and its bytes go
 * straight into its own memory. Up to this size copying twice takes less time than two native
 * calls.
 */
export const kMostBatched = 8 * 1024;

/** One for all readers of this environment. A reader holds it only while messages are in it. */
let spare: Uint8Array | undefined;

/** Memory that may hold old bytes. The caller has it until it gives it back, or drops it. */
export function takeBatchMemory(): Uint8Array {
  const memory = spare ?? new Uint8Array(Buffer.allocUnsafeSlow(kBatchBytes).buffer);
  spare = undefined;
  return memory;
}

export function giveBatchMemoryBack(memory: Uint8Array): void {
  spare = memory;
}
