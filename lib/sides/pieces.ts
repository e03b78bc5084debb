/** A write that is on its way into the ring, as pieces of bytes. */
import { Buffer } from 'node:buffer';
import type { WriteEnd } from '../endpoint/write-end.js';
import { Status, Wait } from '../environment/contract.js';
import { isGone } from '../memory/bytes.js';

/** Pieces of a batch up to this size are joined, so that they go in one native call. */
const kLargestJoined = 16 * 1024;
const kJoinedBytes = 64 * 1024;

/** One for all writers of this thread. A write holds it only while it is on its way. */
let spare: Uint8Array | undefined;

export class Pieces {
  readonly #pieces: readonly Uint8Array[];
  /**
   * The sizes at first, so that a piece is noticed that loses its memory while it waits.
   */
  readonly #sizes: number[] = [];
  /** How many bytes are joined at most. */
  readonly #mostJoined: number;
  /** The piece after those that are in #bytes. */
  #next = 0;
  /** A piece, or several that were joined, which go into the ring now: #size bytes, from the start. */
  #bytes: Uint8Array | undefined;
  #size = 0;
  /** How many of them are in the ring. */
  #offset: number;
  /** What pieces are joined in. */
  #joined: Uint8Array | undefined;

  /** The bytes of all pieces. */
  readonly length: number;

  /**
   * Small pieces are joined, up to `mostJoined` bytes: one copy more, but one native call and one
   * doorbell for many.
   * @param offset how many bytes of the first piece are in the ring already
   */
  constructor(pieces: readonly Uint8Array[], offset = 0, mostJoined = kJoinedBytes) {
    let length = 0;
    for (let i = 0; i < pieces.length; i++) {
      const size = (pieces[i] as Uint8Array).length;
      this.#sizes.push(size);
      length += size;
    }
    this.length = length;
    this.#pieces = pieces;
    this.#mostJoined = Math.min(mostJoined, kJoinedBytes);
    this.#offset = offset;
  }

  /**
   * Writes what fits. If that is not all, the endpoint will be woken when there is space for the
   * rest of what is written now, and for `behind` bytes that queue behind it.
   * @returns whether everything is in the ring.
   */
  writeOrArm(end: WriteEnd, behind: number): boolean {
    while (this.#bytes !== undefined || this.#next < this.#pieces.length) {
      const bytes = this.#bytes ?? this.#begin(end);
      this.#offset += end.write(bytes, this.#offset, this.#size - this.#offset, behind, Wait.Arm);
      if (this.#offset < this.#size) return false;
      this.#bytes = undefined;
      this.#offset = 0;
    }
    // Not if it failed before: then it is the garbage collector's.
    if (this.#joined !== undefined) spare = this.#joined;
    this.#joined = undefined;
    return true;
  }

  /** The next piece, or as many small ones as are joined. */
  #begin(end: WriteEnd): Uint8Array {
    const first = this.#next;
    let size = this.#sizes[first] as number;
    let next = first + 1;
    if (size <= kLargestJoined) {
      for (; next < this.#pieces.length; next++) {
        const more = this.#sizes[next] as number;
        if (more > kLargestJoined || size + more > this.#mostJoined) break;
        size += more;
      }
    }
    const bytes =
      next === first + 1 ? (this.#pieces[first] as Uint8Array) : this.#join(end, first, next);
    this.#next = next;
    this.#size = size;
    this.#bytes = bytes;
    return bytes;
  }

  #join(end: WriteEnd, first: number, next: number): Uint8Array {
    this.#joined ??= takeMemory();
    const joined = this.#joined;
    let at = 0;
    for (let i = first; i < next; i++) {
      const piece = this.#pieces[i] as Uint8Array;
      if (piece.length !== this.#sizes[i]) throw end.failure(Status.Detached, 'write');
      joined.set(piece, at);
      at += piece.length;
    }
    return joined;
  }
}

function takeMemory(): Uint8Array {
  const memory = spare ?? new Uint8Array(Buffer.allocUnsafeSlow(kJoinedBytes).buffer);
  spare = undefined;
  return memory;
}

/** The bytes of chunks that queued together; not a number if memory of one is gone. */
export function totalLength(chunks: readonly { chunk: unknown }[]): number {
  let length = 0;
  for (let i = 0; i < chunks.length; i++) length += lengthOf(chunks[i]?.chunk as Uint8Array);
  return length;
}

/** The bytes of a chunk; not a number, which equals nothing, if its memory is gone. */
export function lengthOf(chunk: Uint8Array): number {
  return isGone(chunk) ? Number.NaN : chunk.length;
}
