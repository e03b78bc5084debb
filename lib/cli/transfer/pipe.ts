/** A pipe for the program of `exec`, as a shell would give it one. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Descriptors of its ends. Whoever made it closes both. */
export interface Pipe {
  /** Does not block. */
  readonly ours: number;
  /** Blocks, as programs expect. */
  readonly theirs: number;
}

/**
 * A FIFO whose name is gone. Node's own pipes are sockets: a program cannot open them as /dev/stdin, and
 * is told ECONNRESET, and not SIGPIPE, if nobody reads on (findings/child-stdio-sockets.sh).
 * @param theirs which end is the program's
 * @throws Error without mkfifo(1)
 */
export function makePipe(theirs: 'read' | 'write'): Pipe {
  const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;
  const folder = mkdtempSync(join(tmpdir(), 'smipc-exec-'));
  const path = join(folder, 'pipe');
  try {
    makeFifo(path);
    // A reader that does not block comes first: it is opened at once, and then the writer is.
    const reader = openSync(path, O_RDONLY | O_NONBLOCK);
    if (theirs === 'write') return { ours: reader, theirs: openSync(path, O_WRONLY) };
    const writer = openSync(path, O_WRONLY | O_NONBLOCK);
    const blockingReader = openSync(path, O_RDONLY);
    closeSync(reader);
    return { ours: writer, theirs: blockingReader };
  } finally {
    rmSync(folder, { recursive: true });
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
