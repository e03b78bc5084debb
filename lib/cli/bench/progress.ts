/** What is measured at the moment: a line on stderr, if that is a terminal. */
import { performance } from 'node:perf_hooks';
import { formatDuration } from '../grammar/quantities.js';
import { clearStatusLine, hasStatusLine, showStatusLine } from '../terminal/status-line.js';

export class Progress {
  readonly #isShown = hasStatusLine();
  readonly #end: number;

  /** @param allMs how long it will take */
  constructor(allMs: number) {
    this.#end = performance.now() + allMs;
  }

  show(what: string): void {
    if (!this.#isShown) return;
    const left = formatDuration(Math.max(0, this.#end - performance.now()));
    showStatusLine(`${what}, about ${left} left`);
  }

  /** Before anything else is written there. */
  clear(): void {
    if (this.#isShown) clearStatusLine();
  }
}
