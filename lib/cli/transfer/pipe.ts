/** A pipe for the program of `exec`, as a shell would give it one. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;

/**
 * A FIFO whose name is gone. Node's own pipes are sockets: a program cannot open them as /dev/stdin, and
 * is told ECONNRESET, and not SIGPIPE, if nobody reads on (findings/child-stdio-sockets.sh).
 */
export class Pipe {
  /** Does not block. */
  #ours: number | undefined;
  /** Blocks, as programs expect. */
  #theirs: number | undefined;

  /**
   * @param theirs which end is the program's
   * @throws Error without mkfifo(1)
   */
  constructor(theirs: 'read' | 'write') {
    const folder = mkdtempSync(join(tmpdir(), 'smipc-exec-'));
    const path = join(folder, 'pipe');
    try {
      makeFifo(path);
      // A reader that does not block comes first: it is opened at once, and then the writer is.
      const reader = openSync(path, O_RDONLY | O_NONBLOCK);
      if (theirs === 'write') {
        this.#ours = reader;
        this.#theirs = openSync(path, O_WRONLY);
      } else {
        this.#ours = openSync(path, O_WRONLY | O_NONBLOCK);
        this.#theirs = openSync(path, O_RDONLY);
        closeSync(reader);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  get theirs(): number {
    return this.#theirs as number;
  }

  /** The program has its own. */
  closeTheirs(): void {
    if (this.#theirs !== undefined) closeSync(this.#theirs);
    this.#theirs = undefined;
  }

  /** The caller closes it from now on. */
  takeOurs(): number {
    const ours = this.#ours as number;
    this.#ours = undefined;
    return ours;
  }

  /** Closes what nobody has taken. */
  release(): void {
    this.closeTheirs();
    if (this.#ours !== undefined) closeSync(this.#ours);
    this.#ours = undefined;
  }
}

function makeFifo(path: string): void {
  try {
    execFileSync('mkfifo', ['-m', '600', path], { stdio: 'pipe' });
  } catch (error) {
    throw new Error(`exec needs mkfifo for its pipes: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
