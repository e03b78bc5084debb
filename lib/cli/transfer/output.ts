/** What bytes are written to: a file, a pipe, a terminal. */
import type { Buffer } from 'node:buffer';
import { closeSync, createWriteStream, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import process from 'node:process';
import type { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { kindOf, unshared } from './descriptors.js';

const kStdout = 1;
const kStdoutName = 'stdout';

/** What bytes are written to, in order. Its errors have its name. */
export interface Output {
  /** Writes some of them and returns how many. Only of what waits for nobody. */
  writeNow?(bytes: Buffer): number;
  /** Settles when there is room for more. The bytes are needed until flush() settles. */
  write(bytes: Buffer): Promise<void>;
  /** Settles when all of it is written. */
  flush(): Promise<void>;
  /**
   * What was in a file that is written anew goes: before the first byte, or when there will be none. Not
   * before: a file whose stream never comes stays as it is.
   */
  begin(): void;
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
  #truncate: (() => void) | undefined;
  #failure: Error | undefined;
  /** Who waits for room, or for the end. */
  #wake: () => void = () => {};
  onError: () => void = () => {};

  /** @param truncate what begin() does */
  constructor(name: string, stream: Writable, isShared: boolean, truncate?: () => void) {
    this.#name = name;
    this.#stream = stream;
    this.#isShared = isShared;
    this.#truncate = truncate;
    stream.on('error', (error) => this.#fail(error));
    for (const event of ['drain', 'error', 'close']) stream.on(event, () => this.#wake());
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  begin(): void {
    this.#truncate?.();
    this.#truncate = undefined;
  }

  async write(bytes: Buffer): Promise<void> {
    this.#check();
    this.begin();
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
export class PromptOutput implements Output {
  readonly #name: string;
  readonly #fd: number;
  /** null: the descriptor's own. */
  #position: number | null;
  #truncate: (() => void) | undefined;
  readonly failure = undefined;
  onError: () => void = () => {};

  /** @param truncate what begin() does */
  constructor(name: string, fd: number, position: number | null, truncate?: () => void) {
    this.#name = name;
    this.#fd = fd;
    this.#position = position;
    this.#truncate = truncate;
  }

  begin(): void {
    this.#truncate?.();
    this.#truncate = undefined;
  }

  writeNow(bytes: Buffer): number {
    try {
      this.begin();
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

export function standardOutput(): Output {
  switch (kindOf(kStdout)) {
    case 'prompt':
      return new PromptOutput(kStdoutName, kStdout, null);
    case 'waitable':
      return waitableOutput();
    case 'slow':
      return new StreamOutput(kStdoutName, createWriteStream('', { fd: kStdout }), false);
  }
}

function waitableOutput(): Output {
  if (isatty(kStdout)) return new StreamOutput(kStdoutName, process.stdout, true);
  const fd = unshared(kStdout, 'write');
  const stream = new Socket({ fd, readable: false, writable: true });
  return new StreamOutput(kStdoutName, stream, fd === kStdout);
}
