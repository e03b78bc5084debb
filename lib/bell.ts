/**
 * The bell of this environment in one directory: a FIFO that Node's event loop listens to itself, so
 * that a peer wakes it without a thread in between. See native/bell_pipe.h.
 */
import { closeSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';

/** A token is the id of a channel, in four bytes. */
const kTokenBytes = 4;
const kMostTokens = 1024;

export interface BellListener {
  /** What was written; null if that was no whole number of tokens, which no honest peer does. */
  hear(tokens: Uint32Array | null): void;
  /** Nothing can be heard any more. */
  fail(): void;
}

export class Bell {
  /** How many channels are rung here. */
  users = 0;
  readonly #socket: Socket;

  /**
   * Listens at the FIFO, and owns its descriptor from now on.
   * @throws if this runtime cannot listen to a descriptor; it is closed then.
   */
  constructor(fd: number, listener: BellListener) {
    const bytes = new Uint8Array(kMostTokens * kTokenBytes);
    const tokens = new Uint32Array(bytes.buffer);
    const callback = (size: number): boolean => {
      listener.hear(size % kTokenBytes === 0 ? tokens.subarray(0, size / kTokenBytes) : null);
      return true;
    };
    try {
      // `onread` (Node 20 documents it for connect(), the constructor has it too): one buffer for ever,
      // instead of one of 64 KiB for each wake-up.
      const options = { fd, readable: true, onread: { buffer: bytes, callback } };
      this.#socket = new Socket(options as SocketConstructorOpts);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    // What holds the event loop is decided elsewhere, for all wake-ups together.
    this.#socket.unref();
    this.#socket.on('error', () => listener.fail());
  }

  close(): void {
    this.#socket.destroy();
  }
}
