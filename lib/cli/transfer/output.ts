/** Where `read` writes to: a file, or stdout. */
import type { Buffer } from 'node:buffer';
import {
  closeSync,
  constants,
  createWriteStream,
  fstatSync,
  ftruncateSync,
  open,
  unlinkSync,
} from 'node:fs';
import { Socket } from 'node:net';
import process from 'node:process';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { isWaitable } from '../terminal/terminal.js';

const kStdout = 1;
const kNewFileMode = 0o666;
const openFile = promisify(open) as (path: string, flags: number, mode: number) => Promise<number>;

/**
 * A stream that is written to in order. Its error ends what is written to it: `onError` is told
 * once.
 */
export class Output {
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
    stream.on('error', (error: NodeJS.ErrnoException) => {
      const message = `${name}: ${error.message}`;
      this.#failure ??= Object.assign(new Error(message, { cause: error }), { code: error.code });
      this.onError();
    });
    for (const event of ['drain', 'error', 'close']) stream.on(event, () => this.#wake());
  }

  /** What went wrong with it. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Its reader has gone. */
  get isClosed(): boolean {
    return (
      this.#name === 'stdout' &&
      (this.#failure as NodeJS.ErrnoException | undefined)?.code === 'EPIPE'
    );
  }

  /** Settles when there is room for more. @throws what went wrong */
  async write(bytes: Buffer): Promise<void> {
    this.#check();
    if (this.#stream.write(bytes)) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#check();
  }

  /** Settles when all of it is written. @throws what went wrong */
  async flush(): Promise<void> {
    this.#check();
    await new Promise<void>((resolve) => this.#stream.write('', () => resolve()));
    this.#check();
  }

  /** Settles when it is written and closed. @throws what went wrong */
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

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

export function standardOutput(): Output {
  if (isWaitable(kStdout)) return new Output('stdout', process.stdout, true);
  return new Output('stdout', createWriteStream('', { fd: kStdout }), false);
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

  /** @param isAppended what is in it stays */
  begin(isAppended: boolean): Output {
    const { size } = this;
    if (size !== undefined && !isAppended) ftruncateSync(this.#fd);
    return new Output(this.#path, this.#stream(isAppended ? size : undefined), false);
  }

  #stream(start: number | undefined): Writable {
    const fd = this.#fd;
    if (fstatSync(fd).isFIFO()) return new Socket({ fd, readable: false, writable: true });
    return createWriteStream('', start === undefined ? { fd } : { fd, start });
  }
}
