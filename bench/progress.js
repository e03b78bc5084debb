/** The line that says how far it is. */
export class Progress {
  #title;
  #total;
  #done = 0;
  #startMs = performance.now();
  #shownTenths = 0;

  /** @param {string} title @param {number} total */
  constructor(title, total) {
    this.#title = title;
    this.#total = total;
  }

  /** @param {string} what is being done now */
  begin(what) {
    if (!process.stderr.isTTY) return;
    const line = `${this.#title}: ${this.#done} of ${this.#total}${this.#left()}, ${what}`;
    process.stderr.write(`\r\x1b[K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
  }

  finish() {
    this.#done++;
    const tenths = Math.floor((10 * this.#done) / this.#total);
    if (process.stderr.isTTY || tenths === this.#shownTenths) return;
    this.#shownTenths = tenths;
    process.stderr.write(`${this.#title}: ${this.#done} of ${this.#total}${this.#left()}\n`);
  }

  clear() {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }

  #left() {
    if (this.#done === 0 || this.#done === this.#total) return '';
    const perRunMs = (performance.now() - this.#startMs) / this.#done;
    const seconds = Math.ceil(((this.#total - this.#done) * perRunMs) / 1000);
    return seconds < 100 ? `, ${seconds} s left` : `, ${(seconds / 60).toFixed(1)} min left`;
  }
}
