/**
 * Gives each chunk and message memory of its own. Then a consumer that keeps a small part of a
 * stream keeps no more than that, may transfer its memory, and does not see other messages in it.
 */
import { Buffer } from 'node:buffer';
import { markAsUntransferable } from 'node:worker_threads';

/** Up to this size V8 keeps a typed array in its heap, until its `buffer` is asked for. */
const kMostInHeap = 64;
/** Up to this size a loop is the fastest copy of a part. */
const kMostLooped = 24;
/** Up to this size memory filled with zeros is allocated faster than memory that is not. */
const kMostCleared = 512;

/** A copy of all of `bytes`. */
export function copyOf(bytes: Uint8Array): Buffer<ArrayBuffer> {
  const copy = ownMemory(bytes.length);
  copy.set(bytes);
  return copy;
}

/** A copy of the bytes from `from` to `to`. */
export function copyOfPart(source: Uint8Array, from: number, to: number): Buffer<ArrayBuffer> {
  const size = to - from;
  // A view to copy from would take longer to make.
  if (size > kMostLooped) return copyOf(source.subarray(from, to));
  const copy = ownMemory(size);
  for (let i = 0; i < size; i++) copy[i] = source[from + i] as number;
  return copy;
}

/** Not from the pool in which Node's small buffers share memory. */
function ownMemory(size: number): Buffer<ArrayBuffer> {
  return size <= kMostCleared ? Buffer.alloc(size) : Buffer.allocUnsafeSlow(size);
}

/**
 * A part was cut off a chunk: its memory must not be transferred, or the other parts would be
 * empty.
 */
export function keepOthers(part: Uint8Array): void {
  // To mark it once, at the first part, is enough.
  if (part.byteOffset > 0) return;
  const { buffer, length } = part;
  if (length !== buffer.byteLength) markAsUntransferable(buffer);
}

/** The bytes as they are if nothing else is in their memory; otherwise a copy of them. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  // If the bytes are in V8's heap, asking for `buffer` would move them out of it.
  if (length > kMostInHeap && length === bytes.buffer.byteLength) return bytes;
  return copyOf(bytes);
}
