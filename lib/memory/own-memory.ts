/**
 * What readers hand out stands in memory of its own: somebody who keeps a small part of a stream keeps
 * no more than that, its memory may be transferred, and nobody sees the bytes of another message in it.
 */
import { Buffer } from 'node:buffer';
import { markAsUntransferable } from 'node:worker_threads';

/** Up to this size V8 keeps a typed array in its heap, until somebody asks for its `buffer`. */
const kMostInHeap = 64;
/** Up to this size a loop is the fastest copy. */
const kMostLooped = 24;
/** Up to this size memory that is filled with zeros is made faster than memory that is not. */
const kMostCleared = 512;

/** A copy of the bytes from `from` to `to`. */
export function ownCopy(source: Uint8Array, from: number, to: number): Buffer<ArrayBuffer> {
  const size = to - from;
  // Neither is in a pool, which is what makes Node's own small buffers fast.
  const bytes = size <= kMostCleared ? Buffer.alloc(size) : Buffer.allocUnsafeSlow(size);
  if (size <= kMostLooped) {
    for (let i = 0; i < size; i++) bytes[i] = source[from + i] as number;
  } else {
    bytes.set(source.subarray(from, to));
  }
  return bytes;
}

/** A part was cut off a chunk: transferring its memory would empty the others, so it stays. */
export function keepOthers(part: Uint8Array): void {
  // The first part is enough.
  if (part.byteOffset > 0) return;
  const { buffer, length } = part;
  if (length !== buffer.byteLength) markAsUntransferable(buffer);
}

/** The bytes as they are if nothing else is in their memory; otherwise a copy of them. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  // Where it is in V8's heap, looking at `buffer` would move it out of there.
  if (length > kMostInHeap && length === bytes.buffer.byteLength) return bytes;
  return ownCopy(bytes, 0, length);
}
