/**
 * A write that has failed because the peer has gone, while what the peer wrote before is still being
 * read. Node would destroy the stream with the error of the write; so the write fails after that.
 */
import { nextTick } from '../host/host.js';
import type { Callback } from '../sides/writer-side.js';

/** The socket, as its lost write sees it. */
export interface Loser {
  readonly destroyed: boolean;
  readonly allowHalfOpen: boolean;
  readonly readableEnded: boolean;
  readonly readableFlowing: boolean | null;
  once(event: 'end', listener: () => void): unknown;
  destroy(error: Error): unknown;
  /** That the peer has gone without an end, if it has. */
  resetError(): Error | undefined;
}

export class LostWrite {
  readonly #socket: Loser;
  #fail: (() => void) | undefined;

  constructor(socket: Loser) {
    this.#socket = socket;
  }

  /**
   * Fails the write now, or when everything has been read. After an end the socket ends by itself,
   * unless it may be half open; what is written meanwhile is lost without an error, as over the
   * network. (TLS writes its own end then, and would take the error for a broken connection.)
   */
  add(error: Error, callback: Callback): void {
    const socket = this.#socket;
    this.#fail = () => {
      const isOver = socket.readableEnded && !socket.allowHalfOpen && !socket.destroyed;
      callback(isOver ? null : error);
    };
    const isToRead = socket.readableFlowing === true && !socket.readableEnded;
    if (isToRead) socket.once('end', () => nextTick(() => this.settle()));
    else this.settle();
  }

  /** That the peer has gone without an end is the stream's error: ECONNRESET, as over `net`. */
  settle(): void {
    const fail = this.#take();
    if (fail === undefined) return;
    const reset = this.#socket.resetError();
    if (reset !== undefined) this.#socket.destroy(reset);
    // Later, or a program that writes until `write()` is false would never let Node end the socket.
    nextTick(fail);
  }

  /** The socket is destroyed, for whatever reason. */
  drop(): void {
    this.#take()?.();
  }

  #take(): (() => void) | undefined {
    const fail = this.#fail;
    this.#fail = undefined;
    return fail;
  }
}
