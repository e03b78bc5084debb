/** A line on stderr that is written over itself. */
import process from 'node:process';
import { isatty } from 'node:tty';
import { cut } from './table.js';
import { complain } from './terminal.js';

const kStderr = 2;
const kDefaultWidth = 80;
const kClearLine = '\r\x1b[K';

/** Whether there is a terminal to write it on. Not by Node's stderr, which would touch a pipe. */
export function hasStatusLine(): boolean {
  return isatty(kStderr);
}

/** As much of it as one line has room for: one that is wider could not be written over. */
export function showStatusLine(text: string): void {
  complain(kClearLine + cut(text, (process.stderr.columns || kDefaultWidth) - 1));
}

/** Before anything else is written there. */
export function clearStatusLine(): void {
  complain(kClearLine);
}
