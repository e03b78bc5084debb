/** What `write` sends: files, one after the other, or stdin. */
import type { Buffer } from 'node:buffer';
import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  openSync,
  type Stats,
  statSync,
} from 'node:fs';
import { Socket } from 'node:net';
import process from 'node:process';
import { Readable } from 'node:stream';
import { isatty, ReadStream as TerminalStream } from 'node:tty';
import { isWaitable } from '../terminal/terminal.js';

/** How much of a file is read at once. As large as the largest chunk of a reader. */
const kChunkBytes = 256 * 1024;
const kStdin = 0;
const kStdinName = '-';

interface Source {
  /** `-`: stdin. */
  readonly file: string;
  readonly stats: Stats;
}

/** What was named, looked at before anything is sent. */
export class Sources {
  readonly #sources: readonly Source[];

  /** @throws if a file is not there, or is a directory */
  constructor(files: readonly string[]) {
    this.#sources = (files.length === 0 ? [kStdinName] : files).map((file) => {
      const stats = file === kStdinName ? fstatSync(kStdin) : statSync(file);
      if (stats.isDirectory()) throw new Error(`${nameOf(file)} is a directory`);
      return { file, stats };
    });
  }

  /** Bytes in all of them; undefined: that is not known. */
  get size(): number | undefined {
    if (!this.#sources.every(({ stats }) => stats.isFile())) return undefined;
    return this.#sources.reduce((size, { stats }) => size + stats.size, 0);
  }

  /** Files with a name, which another run finds as they were. What comes from stdin is gone then. */
  get areRepeatable(): boolean {
    return this.#sources.every(({ file, stats }) => file !== kStdinName && stats.isFile());
  }

  /** @param skipped how many bytes of the files to leave out */
  open(skipped = 0): Input {
    let left = skipped;
    const parts = this.#sources.flatMap(({ file, stats }) => {
      const start = Math.min(left, stats.isFile() ? stats.size : 0);
      left -= start;
      return [{ file, start }];
    });
    return new Input(parts);
  }
}

interface Part {
  readonly file: string;
  readonly start: number;
}

/**
 * The bytes of all parts. In object mode, so that chunks stay as they are. Not a generator: that
 * cannot be stopped while it waits for a chunk, and stdin may wait for ever.
 */
export class Input extends Readable {
  readonly #parts: Part[];
  #current: Readable | undefined;
  #isStopped = false;
  /** That were read so far. */
  bytes = 0;

  constructor(parts: readonly Part[]) {
    super({ objectMode: true, highWaterMark: 1 });
    this.#parts = [...parts];
  }

  /** Ends it here, as if there were no more. */
  stop(): void {
    if (this.#isStopped || this.readableEnded || this.destroyed) return;
    this.#isStopped = true;
    this.#current?.destroy();
    this.push(null);
  }

  override _read(): void {
    if (this.#current === undefined) this.#openNext();
    else this.#current.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#current?.destroy();
    callback(error);
  }

  #openNext(): void {
    const part = this.#parts.shift();
    if (this.#isStopped) return;
    if (part === undefined) {
      this.push(null);
      return;
    }
    try {
      this.#follow(part, open(part));
    } catch (error) {
      this.#fail(part, error as Error);
    }
  }

  #follow(part: Part, stream: Readable): void {
    this.#current = stream;
    stream.on('data', (chunk: Buffer) => {
      if (this.#isStopped) return;
      this.bytes += chunk.length;
      if (!this.push(chunk)) stream.pause();
    });
    stream.once('end', () => {
      this.#current = undefined;
      this.#openNext();
    });
    stream.once('error', (error) => this.#fail(part, error));
  }

  #fail({ file }: Part, error: Error): void {
    this.destroy(new Error(`${nameOf(file)}: ${error.message}`, { cause: error }));
  }
}

const nameOf = (file: string): string => (file === kStdinName ? 'stdin' : file);

function open({ file, start }: Part): Readable {
  if (file === kStdinName) {
    return isWaitable(kStdin) ? process.stdin : readFile(kStdin, 0, false);
  }
  // A FIFO that nobody writes to is opened at once this way, and waited for without a thread.
  const isFifo = statSync(file).isFIFO();
  const flags = constants.O_RDONLY | constants.O_NOCTTY | (isFifo ? constants.O_NONBLOCK : 0);
  const fd = openSync(file, flags);
  try {
    if (isFifo) return new Socket({ fd, readable: true, writable: false });
    return isatty(fd) ? new TerminalStream(fd) : readFile(fd, start, true);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** From where it stands, if `start` is 0. */
function readFile(fd: number, start: number, autoClose: boolean): Readable {
  const options = { fd, autoClose, highWaterMark: kChunkBytes };
  return createReadStream('', start === 0 ? options : { ...options, start });
}
