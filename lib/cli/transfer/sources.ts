/** What bytes come from: a file, or what the event loop waits for. */
import { Buffer } from 'node:buffer';
import { closeSync, read, readSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';
import type { ReadStream as TerminalStream } from 'node:tty';

/** How much is moved at once, at most. */
export const kChunkBytes = 256 * 1024;
/** What a pipe holds. */
const kPipeBytes = 64 * 1024;

/** The next bytes, which are good until the next call; undefined: at the end, or once it is stopped. */
type Chunk = Buffer | undefined;

export interface ByteSource {
  /** @param most how many bytes are wanted at most; it may be more all the same */
  next(most: number): Chunk | Promise<Chunk>;
  /** next() gives no more, also one that waits. */
  stop(): void;
}

/** A file, or a device. */
export class FileSource implements ByteSource {
  readonly #fd: number;
  readonly #isPrompt: boolean;
  readonly #closes: boolean;
  readonly #buffer = Buffer.allocUnsafeSlow(kChunkBytes);
  /** null: the descriptor's own. */
  #position: number | null;
  #abandon: () => void = () => {};

  /**
   * @param isPrompt whether reading waits for nobody
   * @param start 0: from where it stands
   * @param closes whether it is closed at its end
   */
  constructor(fd: number, isPrompt: boolean, start: number, closes: boolean) {
    this.#fd = fd;
    this.#isPrompt = isPrompt;
    this.#closes = closes;
    this.#position = start === 0 ? null : start;
  }

  next(most: number): Chunk | Promise<Chunk> {
    const size = Math.min(most, kChunkBytes);
    if (this.#isPrompt) {
      return this.#taken(readSync(this.#fd, this.#buffer, 0, size, this.#position));
    }
    return new Promise((resolve, reject) => {
      this.#abandon = () => resolve(undefined);
      read(this.#fd, this.#buffer, 0, size, this.#position, (error, count) => {
        if (error === null) resolve(this.#taken(count));
        else reject(error);
      });
    });
  }

  /** A thread may be in a read still: the file stays open, and its bytes are nobody's. */
  stop(): void {
    this.#abandon();
  }

  #taken(count: number): Chunk {
    if (count === 0) {
      if (this.#closes) closeSync(this.#fd);
      return undefined;
    }
    if (this.#position !== null) this.#position += count;
    return this.#buffer.subarray(0, count);
  }
}

/**
 * A pipe or a socket, read into memory that is used again. Not by a stream's chunks: each would be new
 * memory, and a fault for each of its pages.
 */
export class PipeSource implements ByteSource {
  readonly #socket: Socket;
  #chunk: Chunk;
  #error: Error | undefined;
  #wake: () => void = () => {};

  constructor(fd: number) {
    const onread = { buffer: Buffer.allocUnsafeSlow(kPipeBytes), callback: this.#take.bind(this) };
    this.#socket = new Socket({
      fd,
      readable: true,
      writable: false,
      onread,
    } as SocketConstructorOpts);
    for (const event of ['end', 'close']) this.#socket.on(event, () => this.#wake());
    this.#socket.on('error', (error) => {
      this.#error = error;
      this.#wake();
    });
  }

  async next(): Promise<Chunk> {
    while (this.#chunk === undefined) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#socket.readableEnded || this.#socket.destroyed) return undefined;
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#socket.resume();
      await woken;
    }
    const chunk = this.#chunk;
    this.#chunk = undefined;
    return chunk;
  }

  stop(): void {
    this.#socket.destroy();
  }

  /** No more until this chunk is done with. */
  #take(count: number, buffer: Uint8Array): boolean {
    this.#chunk = (buffer as Buffer).subarray(0, count);
    this.#wake();
    return false;
  }
}

/** A terminal. Not by its async iterator, which cannot be stopped while it waits. */
export class TerminalSource implements ByteSource {
  readonly #stream: TerminalStream;
  #error: Error | undefined;
  #wake: () => void = () => {};

  constructor(stream: TerminalStream) {
    this.#stream = stream;
    for (const event of ['readable', 'end', 'close']) stream.on(event, () => this.#wake());
    stream.on('error', (error) => {
      this.#error = error;
      this.#wake();
    });
  }

  async next(): Promise<Chunk> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error;
      const chunk = this.#stream.read() as Buffer | null;
      if (chunk !== null) return chunk;
      if (this.#stream.readableEnded || this.#stream.destroyed) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  stop(): void {
    this.#stream.destroy();
  }
}
