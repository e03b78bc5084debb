/** A write on its way into the ring: pieces of bytes, one after the other. */
import type { Endpoint } from './endpoint.js';

/** Pieces of a batch up to this size are joined, so that they go in one native call. */
const kMostJoined = 16 * 1024;
const kJoinedBytes = 64 * 1024;

export class Pieces {
  readonly #pieces: readonly Uint8Array[];
  /** Of each piece, as it was at first: the native side notices if it is not so any more. */
  readonly #sizes: readonly number[];
  #index = 0;
  /** How much of the piece at #index is in the ring. */
  #offset = 0;

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces;
    this.#sizes = pieces.map((piece) => piece.length);
  }

  /**
   * Puts in what fits. If that is not all, the endpoint will be woken when there is space for what is
   * left of the piece, or for `wanted` bytes if that is more.
   * @returns whether all is in.
   */
  writeOrArm(endpoint: Endpoint, wanted: number): boolean {
    for (; this.#index < this.#pieces.length; this.#index++, this.#offset = 0) {
      const piece = this.#pieces[this.#index] as Uint8Array;
      const size = this.#sizes[this.#index] as number;
      const rest = size - this.#offset;
      this.#offset += endpoint.writeOrArm(piece, this.#offset, rest, Math.max(rest, wanted));
      if (this.#offset < size) return false;
    }
    return true;
  }
}

/** Joins small pieces: one copy more, but one native call and one doorbell for many. */
export function join(pieces: Uint8Array[]): Uint8Array[] {
  const joined: Uint8Array[] = [];
  let run: Uint8Array[] = [];
  let runBytes = 0;
  const flush = (): void => {
    if (run.length > 0)
      joined.push(run.length === 1 ? (run[0] as Uint8Array) : Buffer.concat(run, runBytes));
    run = [];
    runBytes = 0;
  };
  for (const piece of pieces) {
    if (piece.length > kMostJoined || runBytes + piece.length > kJoinedBytes) flush();
    run.push(piece);
    runBytes += piece.length;
  }
  flush();
  return joined;
}
