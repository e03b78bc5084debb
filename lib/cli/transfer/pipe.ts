/** A pipe for the program of `exec`, as a shell would give it one. */
import { closeSync } from 'node:fs';
import { makePipe } from '../../pipe.js';

/**
 * Not one of Node's own, which are sockets: a program cannot open them as /dev/stdin, and is told
 * ECONNRESET, and not SIGPIPE, if nobody reads on (findings/child-stdio-sockets.sh). Nor a FIFO: who
 * opens that as /dev/stdin waits for a writer, although it has come and gone.
 */
export class ProgramPipe {
  #ours: number | undefined;
  #theirs: number | undefined;

  /** @param theirs which end is the program's */
  constructor(theirs: 'read' | 'write') {
    const { reader, writer } = makePipe();
    [this.#ours, this.#theirs] = theirs === 'read' ? [writer, reader] : [reader, writer];
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
