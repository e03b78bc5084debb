/** What `write` sends: files, one after the other, or stdin. */
import type { Buffer } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import process from 'node:process';
import { isatty, ReadStream as TerminalStream } from 'node:tty';
import { kindOf, unshared } from './descriptors.js';
import { type ByteSource, FileSource, PipeSource, TerminalSource } from './sources.js';

const kStdin = 0;
const kStdinName = '-';

/** Where one file ends, and the next one begins. */
export const kFileEnd = Symbol('end of a file');

interface NamedFile {
  /** `-`: stdin. */
  readonly file: string;
  readonly stats: Stats;
}

/** What was named, looked at before anything is sent. */
export class InputFiles {
  readonly #files: readonly NamedFile[];

  /** @throws if a file is not there, or is a directory */
  constructor(files: readonly string[]) {
    this.#files = (files.length === 0 ? [kStdinName] : files).map((file) => {
      const stats = file === kStdinName ? fstatSync(kStdin) : statSync(file);
      if (stats.isDirectory()) throw new Error(`${nameOf(file)} is a directory`);
      return { file, stats };
    });
  }

  /** Bytes in all of them; undefined: that is not known. */
  get size(): number | undefined {
    if (!this.#files.every(({ stats }) => stats.isFile())) return undefined;
    return this.#files.reduce((size, { stats }) => size + stats.size, 0);
  }

  /** Files with a name, which another run finds as they were. What comes from stdin is gone then. */
  get areRepeatable(): boolean {
    return this.#files.every(({ file, stats }) => file !== kStdinName && stats.isFile());
  }

  /** @param skipped how many bytes of the files to leave out */
  open(skipped: number): Input {
    let left = skipped;
    const parts = this.#files.map(({ file, stats }) => {
      const start = Math.min(left, stats.isFile() ? stats.size : 0);
      left -= start;
      return { file, start };
    });
    return new Input(parts);
  }
}

interface Part {
  readonly file: string;
  readonly start: number;
}

interface OpenPart {
  readonly part: Part;
  readonly source: ByteSource;
}

/** The bytes of all parts. */
export class Input {
  readonly #parts: Part[];
  #current: OpenPart | undefined;
  #file: string | undefined;
  /** What is left of a chunk that was larger than wanted. */
  #rest: Buffer | undefined;
  #isStopped = false;
  /** That were handed out so far. */
  bytes = 0;

  constructor(parts: readonly Part[]) {
    this.#parts = [...parts];
  }

  /** Which file it is at, if it has a name. */
  get fileName(): string | undefined {
    return this.#file === kStdinName ? undefined : this.#file;
  }

  /**
   * The next bytes, `most` at most, which are good until the next call; kFileEnd behind the last ones
   * of each file; undefined: at the end of all, or once it is stopped. @throws with the file's name
   */
  async next(most: number): Promise<Buffer | typeof kFileEnd | undefined> {
    const current = this.#current ?? this.#openNext();
    if (current === undefined) return undefined;
    const chunk = this.#rest ?? (await this.#nextOf(current, most));
    if (this.#isStopped) return undefined;
    if (chunk === undefined) {
      this.#current = undefined;
      return kFileEnd;
    }
    this.#rest = chunk.length > most ? chunk.subarray(most) : undefined;
    const wanted = chunk.subarray(0, most);
    this.bytes += wanted.length;
    return wanted;
  }

  /** Ends it here, as if there were no more. */
  stop(): void {
    this.#isStopped = true;
    this.#current?.source.stop();
  }

  #openNext(): OpenPart | undefined {
    const part = this.#isStopped ? undefined : this.#parts.shift();
    if (part === undefined) return undefined;
    this.#file = part.file;
    try {
      this.#current = { part, source: open(part) };
    } catch (error) {
      throw failureOf(part, error as Error);
    }
    return this.#current;
  }

  async #nextOf({ part, source }: OpenPart, most: number): Promise<Buffer | undefined> {
    try {
      return await source.next(most);
    } catch (error) {
      throw failureOf(part, error as Error);
    }
  }
}

const nameOf = (file: string): string => (file === kStdinName ? 'stdin' : file);

const failureOf = ({ file }: Part, error: Error): Error =>
  new Error(`${nameOf(file)}: ${error.message}`, { cause: error });

function open({ file, start }: Part): ByteSource {
  if (file === kStdinName) {
    if (isatty(kStdin)) return new TerminalSource(process.stdin);
    return sourceOf(kStdin, 0, false);
  }
  // A FIFO that nobody writes to is opened at once this way, and waited for without a thread.
  const isFifo = statSync(file).isFIFO();
  const flags = constants.O_RDONLY | constants.O_NOCTTY | (isFifo ? constants.O_NONBLOCK : 0);
  const fd = openSync(file, flags);
  try {
    if (isatty(fd)) return new TerminalSource(new TerminalStream(fd));
    return sourceOf(fd, start, true);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function sourceOf(fd: number, start: number, closes: boolean): ByteSource {
  const kind = kindOf(fd);
  if (kind === 'waitable') return new PipeSource(unshared(fd, 'read'));
  return new FileSource(fd, kind === 'prompt', start, closes);
}
