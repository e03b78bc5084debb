/** What is measured at the moment: a line on stderr, if that is a terminal. */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { formatDuration } from '../grammar/quantities.js';
import { complain } from '../terminal/terminal.js';

const kClearLine = '\r\x1b[K';

export class Progress {
  readonly #isShown = process.stderr.isTTY === true;
  readonly #end: number;

  /** @param allMs how long it will take */
  constructor(allMs: number) {
    this.#end = performance.now() + allMs;
  }

  show(what: string): void {
    if (!this.#isShown) return;
    const left = formatDuration(Math.max(0, this.#end - performance.now()));
    const width = (process.stderr.columns || 80) - 1;
    complain(kClearLine + `${what}, about ${left} left`.slice(0, width));
  }

  /** Before anything else is written there. */
  clear(): void {
    if (this.#isShown) complain(kClearLine);
  }
}
