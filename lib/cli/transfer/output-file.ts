/** The file that `read` writes to. */
import { Buffer } from 'node:buffer';
import {
  accessSync,
  closeSync,
  constants,
  createWriteStream,
  fstatSync,
  ftruncateSync,
  open,
  openSync,
  readSync,
  type Stats,
} from 'node:fs';
import { Socket } from 'node:net';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { kindOf } from './descriptors.js';
import { type Output, PromptOutput, StreamOutput, standardOutput } from './output.js';

const kNewFileMode = 0o666;
const { O_WRONLY, O_CREAT, O_NOCTTY } = constants;
const openFile = promisify(open) as (path: string, flags: number) => Promise<number>;

/** Nothing in it is touched before something is written to it, and it is not made before begin(). */
export class OutputFile {
  readonly #path: string;
  /** Undefined: there is no file yet. */
  #fd: number | undefined;

  private constructor(path: string, fd: number | undefined) {
    this.#path = path;
    this.#fd = fd;
  }

  /** Waits for the reader of a FIFO. @throws if it cannot be written to, or cannot be made */
  static async open(path: string): Promise<OutputFile> {
    try {
      return new OutputFile(path, await openFile(path, O_WRONLY | O_NOCTTY));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    return new OutputFile(path, undefined);
  }

  /** Nothing will come for it. */
  discard(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
  }

  /** How much is in it; undefined: it is no regular file. */
  get size(): number | undefined {
    if (this.#fd === undefined) return 0;
    const stats = fstatSync(this.#fd);
    return stats.isFile() ? stats.size : undefined;
  }

  /** Whether these are the last bytes in it. */
  endsWith(bytes: Buffer): boolean {
    const { size } = this;
    if (size === undefined || size < bytes.length) return false;
    const end = Buffer.allocUnsafe(bytes.length);
    return this.#read(end, size - end.length) === end.length && end.equals(bytes);
  }

  #read(target: Buffer, position: number): number {
    // What is open is open for writing only.
    const fd = openSync(this.#path, constants.O_RDONLY);
    try {
      return readSync(fd, target, 0, target.length, position);
    } finally {
      closeSync(fd);
    }
  }

  /** What is behind the last separator in it; as much of that as `most` bytes hold. */
  rest(separator: number, most: number): Buffer {
    const { size } = this;
    if (size === undefined || size === 0) return Buffer.alloc(0);
    const end = Buffer.allocUnsafe(Math.min(size, most));
    const bytes = end.subarray(0, this.#read(end, size - end.length));
    return bytes.subarray(bytes.lastIndexOf(separator) + 1);
  }

  /** Makes it, if need be. @param start where the first byte goes; what is before it stays */
  begin(start: number): Output {
    this.#fd ??= openSync(this.#path, O_WRONLY | O_CREAT | O_NOCTTY, kNewFileMode);
    const fd = this.#fd;
    const stats = fstatSync(fd);
    const place = stats.isFile() ? start : undefined;
    const truncate = place === 0 ? () => ftruncateSync(fd) : undefined;
    if (kindOf(fd) === 'prompt') return new PromptOutput(this.#path, fd, place ?? null, truncate);
    return new StreamOutput(this.#path, streamTo(fd, stats, place), false, truncate);
  }
}

function streamTo(fd: number, stats: Stats, start: number | undefined) {
  if (stats.isFIFO()) return new Socket({ fd, readable: false, writable: true });
  return createWriteStream('', start === undefined ? { fd } : { fd, start });
}

/** Of the file, or of stdout, if there is none. @param start as of begin() */
export function beginOutput(file: OutputFile | undefined, start: number): Output {
  return file === undefined ? standardOutput() : file.begin(start);
}
