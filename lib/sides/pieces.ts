/** A write that is on its way into the ring, as pieces of bytes. */
import { Buffer } from 'node:buffer';
import type { WriteEnd } from '../endpoint/write-end.js';
import { Wait } from '../environment/contract.js';
import { isGone } from '../memory/bytes.js';

/** Pieces of a batch up to this size are joined, so that they go in one native call. */
const kLargestJoined = 16 * 1024;
const kJoinedBytes = 64 * 1024;

export class Pieces {
  readonly #pieces: readonly Uint8Array[];
  /**
   * The sizes at first, so that the native side notices if a piece loses its memory while it waits.
   */
  readonly #sizes: number[] = [];
  #index = 0;
  /** How much of the piece at #index is in the ring. */
  #offset: number;

  /** The bytes of all pieces. */
  readonly length: number;

  /** `offset`: how many bytes of the first piece are in the ring already. */
  constructor(pieces: readonly Uint8Array[], offset = 0) {
    let length = 0;
    for (let i = 0; i < pieces.length; i++) {
      const size = (pieces[i] as Uint8Array).length;
      this.#sizes.push(size);
      length += size;
    }
    this.length = length;
    this.#pieces = pieces;
    this.#offset = offset;
  }

  /**
   * Writes what fits. If that is not all, the endpoint will be woken when there is space for the
   * rest of the piece, and for `behind` bytes that queue behind it.
   * @returns whether everything is in the ring.
   */
  writeOrArm(end: WriteEnd, behind: number): boolean {
    while (this.#index < this.#pieces.length) {
      const piece = this.#pieces[this.#index] as Uint8Array;
      const size = this.#sizes[this.#index] as number;
      this.#offset += end.write(piece, this.#offset, size - this.#offset, behind, Wait.Arm);
      if (this.#offset < size) return false;
      this.#index++;
      this.#offset = 0;
    }
    return true;
  }
}

/**
 * Joins small pieces, up to `mostBytes`: one copy more, but one native call and one doorbell for
 * many.
 */
export function join(pieces: Uint8Array[], mostBytes = kJoinedBytes): Uint8Array[] {
  const limit = Math.min(mostBytes, kJoinedBytes);
  const joined: Uint8Array[] = [];
  // The pieces that are joined next: the first of them, and how many bytes they have.
  let first = 0;
  let bytes = 0;
  let isAfterLarge = false;
  for (let i = 0; i < pieces.length; i++) {
    const { length } = pieces[i] as Uint8Array;
    const isLarge = length > kLargestJoined;
    if (i > first && (isLarge || isAfterLarge || bytes + length > limit)) {
      joined.push(joinRun(pieces, first, i, bytes));
      first = i;
      bytes = 0;
    }
    bytes += length;
    isAfterLarge = isLarge;
  }
  if (first < pieces.length) joined.push(joinRun(pieces, first, pieces.length, bytes));
  return joined;
}

function joinRun(pieces: Uint8Array[], from: number, to: number, bytes: number): Uint8Array {
  if (to - from === 1) return pieces[from] as Uint8Array;
  return Buffer.concat(pieces.slice(from, to), bytes);
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
