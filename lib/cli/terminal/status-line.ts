/** A line on stderr that is written over itself. */
import process from 'node:process';
import { cut } from './table.js';
import { complain } from './terminal.js';

const kDefaultWidth = 80;
const kClearLine = '\r\x1b[K';

/** Whether there is a terminal to write it on. */
export function hasStatusLine(): boolean {
  return process.stderr.isTTY === true;
}

/** As much of it as one line has room for: one that is wider could not be written over. */
export function showStatusLine(text: string): void {
  complain(kClearLine + cut(text, (process.stderr.columns || kDefaultWidth) - 1));
}

/** Before anything else is written there. */
export function clearStatusLine(): void {
  complain(kClearLine);
}
