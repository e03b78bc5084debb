/**
 * Memory into which messages are taken out of the ring, many at a time. It is never handed out, so that
 * it can be used again, and stays in the processor's caches.
 */
import { Buffer } from 'node:buffer';

const kBatchBytes = 64 * 1024;
/**
 * Behind a larger message, only the length of the next one is taken, and its bytes go into its own
 * memory at once. Up to here copying twice takes less time than calling the native side twice.
 */
export const kMostBatched = 8 * 1024;

/** One for all readers of this environment. A reader has it only while it has messages in it. */
let spare: Uint8Array | undefined;

/** Holds anything. The caller's until it gives it back, or drops it. */
export function takeBatchMemory(): Uint8Array {
  const memory = spare ?? new Uint8Array(Buffer.allocUnsafeSlow(kBatchBytes).buffer);
  spare = undefined;
  return memory;
}

export function giveBatchMemoryBack(memory: Uint8Array): void {
  spare = memory;
}
