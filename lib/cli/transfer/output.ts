/** Where `read` writes to: a file, or stdout. */
import { Buffer } from 'node:buffer';
import {
  closeSync,
  constants,
  createWriteStream,
  fstatSync,
  ftruncateSync,
  open,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { Socket } from 'node:net';
import process from 'node:process';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { kindOf } from './descriptors.js';

const kStdout = 1;
const kStdoutName = 'stdout';
const kNewFileMode = 0o666;
const openFile = promisify(open) as (path: string, flags: number, mode: number) => Promise<number>;

/** What bytes are written to, in order. Its errors have its name. */
export interface Output {
  /** Writes some of them and returns how many. Only of what waits for nobody. */
  writeNow?(bytes: Buffer): number;
  /** Settles when there is room for more. The bytes are needed until flush() settles. */
  write(bytes: Buffer): Promise<void>;
  /** Settles when all of it is written. */
  flush(): Promise<void>;
  /** Settles when it is written, and closed, if it is not stdout. */
  end(): Promise<void>;
  /** What went wrong with it: known before somebody writes to it. */
  readonly failure: Error | undefined;
  /** Told once of the failure. */
  onError: () => void;
}

/** Whether stdout's reader has gone. */
export function isClosed(error: unknown): boolean {
  return error instanceof OutputError && error.output === kStdoutName && error.code === 'EPIPE';
}

class OutputError extends Error {
  readonly output: string;
  readonly code: string | undefined;

  constructor(output: string, cause: NodeJS.ErrnoException) {
    super(`${output}: ${cause.message}`, { cause });
    this.output = output;
    this.code = cause.code;
  }
}

/** A stream of Node's. */
export class StreamOutput implements Output {
  readonly #name: string;
  readonly #stream: Writable;
  /** stdout as Node has it stays open: it may be a terminal that others write to. */
  readonly #isShared: boolean;
  #failure: Error | undefined;
  /** Who waits for room, or for the end. */
  #wake: () => void = () => {};
  onError: () => void = () => {};

  constructor(name: string, stream: Writable, isShared: boolean) {
    this.#name = name;
    this.#stream = stream;
    this.#isShared = isShared;
    stream.on('error', (error) => this.#fail(error));
    for (const event of ['drain', 'error', 'close']) stream.on(event, () => this.#wake());
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  async write(bytes: Buffer): Promise<void> {
    this.#check();
    if (this.#stream.write(bytes)) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#check();
  }

  async flush(): Promise<void> {
    this.#check();
    await new Promise<void>((resolve) => this.#stream.write('', () => resolve()));
    this.#check();
  }

  async end(): Promise<void> {
    if (this.#isShared) {
      await this.flush();
      return;
    }
    this.#check();
    this.#stream.end();
    if (!this.#stream.closed) {
      await new Promise<void>((resolve) => this.#stream.once('close', resolve));
    }
    this.#check();
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (this.#failure !== undefined) return;
    this.#failure = new OutputError(this.#name, error);
    this.onError();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** What waits for nobody, such as a file on a disk of this machine. */
class PromptOutput implements Output {
  readonly #name: string;
  readonly #fd: number;
  /** null: the descriptor's own. */
  #position: number | null;
  readonly failure = undefined;
  onError: () => void = () => {};

  constructor(name: string, fd: number, position: number | null) {
    this.#name = name;
    this.#fd = fd;
    this.#position = position;
  }

  writeNow(bytes: Buffer): number {
    try {
      const count = writeSync(this.#fd, bytes, 0, bytes.length, this.#position);
      if (this.#position !== null) this.#position += count;
      return count;
    } catch (error) {
      throw new OutputError(this.#name, error as NodeJS.ErrnoException);
    }
  }

  write(bytes: Buffer): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      written += this.writeNow(bytes.subarray(written));
    }
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  end(): Promise<void> {
    if (this.#fd !== kStdout) closeSync(this.#fd);
    return Promise.resolve();
  }
}

function standardOutput(): Output {
  switch (kindOf(kStdout)) {
    case 'prompt':
      return new PromptOutput(kStdoutName, kStdout, null);
    case 'waitable':
      return new StreamOutput(kStdoutName, process.stdout, true);
    case 'slow':
      return new StreamOutput(kStdoutName, createWriteStream('', { fd: kStdout }), false);
  }
}

/** A file that is open, but nothing in it is touched before it is written to. */
export class OutputFile {
  readonly #path: string;
  readonly #fd: number;
  readonly #isNew: boolean;

  private constructor(path: string, fd: number, isNew: boolean) {
    this.#path = path;
    this.#fd = fd;
    this.#isNew = isNew;
  }

  /** Waits for the reader of a FIFO. */
  static async open(path: string): Promise<OutputFile> {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOCTTY } = constants;
    try {
      return new OutputFile(path, await openFile(path, O_WRONLY | O_NOCTTY, 0), false);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY;
    return new OutputFile(path, await openFile(path, flags, kNewFileMode), true);
  }

  /** Nothing came for it: as if it had not been opened. */
  discard(): void {
    closeSync(this.#fd);
    if (this.#isNew) unlinkSync(this.#path);
  }

  /** How much is in it; undefined: it is no regular file. */
  get size(): number | undefined {
    const stats = fstatSync(this.#fd);
    return stats.isFile() ? stats.size : undefined;
  }

  /** Whether these are the last bytes in it. Needs to be a regular file. */
  endsWith(bytes: Buffer): boolean {
    const end = Buffer.allocUnsafe(bytes.length);
    // What is open is open for writing only.
    const fd = openSync(this.#path, constants.O_RDONLY);
    try {
      const count = readSync(fd, end, 0, end.length, (this.size as number) - end.length);
      return count === end.length && end.equals(bytes);
    } finally {
      closeSync(fd);
    }
  }

  /** @param start where the first byte goes; what is before it stays. 0: nothing of it stays */
  begin(start: number): Output {
    const isFile = this.size !== undefined;
    if (isFile && start === 0) ftruncateSync(this.#fd);
    if (kindOf(this.#fd) === 'prompt') {
      return new PromptOutput(this.#path, this.#fd, isFile ? start : null);
    }
    return new StreamOutput(this.#path, this.#stream(isFile ? start : undefined), false);
  }

  #stream(start: number | undefined): Writable {
    const fd = this.#fd;
    if (fstatSync(fd).isFIFO()) return new Socket({ fd, readable: false, writable: true });
    return createWriteStream('', start === undefined ? { fd } : { fd, start });
  }
}

/** Of the file, or of stdout, if there is none. @param start as of begin() */
export function beginOutput(file: OutputFile | undefined, start: number): Output {
  return file === undefined ? standardOutput() : file.begin(start);
}
