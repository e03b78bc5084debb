/**
 * stdout and stderr. stdout is data; everything else goes to stderr. Node ignores SIGPIPE, so a
 * reader of stdout that has gone is an error of the stream, which comes later.
 */
import process from 'node:process';

const kDefaultWidth = 80;
let outputClosed = false;

/** Before anything is written. */
export function watchOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // What stderr cannot say is said by the exit status.
      if (stream === process.stderr) return;
      if (error.code !== 'EPIPE') throw error;
      outputClosed = true;
    });
  }
}

export function isOutputClosed(): boolean {
  return outputClosed;
}

export function show(text: string): void {
  process.stdout.write(text);
}

export function complain(text: string): void {
  process.stderr.write(text);
}

/** Columns of the terminal that stdout is, or that stderr is. */
export function terminalWidth(): number {
  return process.stdout.columns || process.stderr.columns || kDefaultWidth;
}
