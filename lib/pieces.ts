/** A write on its way into the ring: pieces of bytes, one after the other. */
import type { Endpoint } from './endpoint.js';

/** Pieces of a batch up to this size are joined, so that they go in one native call. */
const kMostJoined = 16 * 1024;
const kJoinedBytes = 64 * 1024;

export class Pieces {
  readonly #pieces: readonly Uint8Array[];
  #index = 0;
  /** How much of the piece at #index is in the ring. */
  #offset: number;
  /**
   * The size of the piece at #index, as it was when the turn came to it: if its memory is transferred
   * away while it waits, the native side notices.
   */
  #size: number;

  /** Of all pieces, in bytes. */
  readonly length: number;

  /** `offset`: how much of the first piece is in the ring already. */
  constructor(pieces: readonly Uint8Array[], offset = 0) {
    let length = 0;
    for (let i = 0; i < pieces.length; i++) length += (pieces[i] as Uint8Array).length;
    this.length = length;
    this.#pieces = pieces;
    this.#offset = offset;
    this.#size = pieces[0]?.length ?? 0;
  }

  /**
   * Puts in what fits. If that is not all, the endpoint will be woken when there is space for what is
   * left of the piece, and for `behind` bytes that queue behind it.
   * @returns whether all is in.
   */
  writeOrArm(endpoint: Endpoint, behind: number): boolean {
    while (this.#index < this.#pieces.length) {
      const piece = this.#pieces[this.#index] as Uint8Array;
      const rest = this.#size - this.#offset;
      this.#offset += endpoint.writeOrArm(piece, this.#offset, rest, behind);
      if (this.#offset < this.#size) return false;
      this.#index++;
      this.#offset = 0;
      this.#size = this.#pieces[this.#index]?.length ?? 0;
    }
    return true;
  }
}

/**
 * Joins small pieces, up to `mostBytes`: one copy more, but one native call and one doorbell for many.
 */
export function join(pieces: Uint8Array[], mostBytes = kJoinedBytes): Uint8Array[] {
  const limit = Math.min(mostBytes, kJoinedBytes);
  const joined: Uint8Array[] = [];
  // Those that will be one.
  let first = 0;
  let bytes = 0;
  for (let i = 0; i < pieces.length; i++) {
    const { length } = pieces[i] as Uint8Array;
    if (i > first && (length > kMostJoined || bytes + length > limit)) {
      joined.push(joinRun(pieces, first, i, bytes));
      first = i;
      bytes = 0;
    }
    bytes += length;
  }
  if (first < pieces.length) joined.push(joinRun(pieces, first, pieces.length, bytes));
  return joined;
}

function joinRun(pieces: Uint8Array[], from: number, to: number, bytes: number): Uint8Array {
  if (to - from === 1) return pieces[from] as Uint8Array;
  return Buffer.concat(pieces.slice(from, to), bytes);
}
