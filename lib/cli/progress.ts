/** `--progress`: a line on stderr that says what goes through, and how fast. As pv(1) does. */
import type { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import type { Channel } from '../index.js';
import type { Values } from './command.js';
import { formatDuration, formatSize } from './quantities.js';
import { complain } from './terminal.js';

const kRefreshMs = 250;
/** The rate is that of the last seconds, not of the refresh. */
const kWindowMs = 3000;

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

export class Progress {
  readonly #isOn: boolean;
  readonly #channel: () => Channel | undefined;
  readonly #total: number | undefined;
  readonly #start = performance.now();
  readonly #samples: Sample[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param total how many bytes are to come; undefined: that is not known */
  constructor(values: Values, channel: () => Channel | undefined, total: number | undefined) {
    const isShown = process.stderr.isTTY === true && process.stdout.isTTY !== true;
    this.#isOn = values.switchOf('progress') ?? (isShown && !values.isSet('quiet'));
    this.#channel = channel;
    this.#total = total;
  }

  /** Passes chunks on, and counts them. */
  async *count(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    if (this.#isOn) this.#timer = setInterval(() => this.#draw(), kRefreshMs).unref();
    for await (const chunk of chunks) {
      yield chunk;
      this.#bytes += chunk.length;
    }
  }

  end(): void {
    if (!this.#isOn) return;
    clearInterval(this.#timer);
    this.#draw();
    complain('\n');
  }

  #draw(): void {
    // On a terminal the line is written over; elsewhere each is a line of its own, at the end.
    if (process.stderr.isTTY === true) complain(`\r\x1b[K${this.#line()}`);
    else if (this.#timer?.hasRef() !== true && this.#timer !== undefined) complain(this.#line());
  }

  #line(): string {
    const now = performance.now();
    this.#samples.push({ at: now, bytes: this.#bytes });
    while (this.#samples.length > 2 && (this.#samples[0] as Sample).at < now - kWindowMs) {
      this.#samples.shift();
    }
    const parts = [formatSize(this.#bytes), formatDuration(now - this.#start)];
    const rate = this.#rate();
    parts.push(`${formatSize(rate)}/s`);
    const status = this.#channel()?.status();
    if (status !== undefined) {
      parts.push(`ring ${Math.round((100 * status.used) / status.capacity)} %`);
    }
    if (this.#total !== undefined && this.#total > 0) {
      parts.push(`${Math.min(100, Math.floor((100 * this.#bytes) / this.#total))} %`);
      const left = this.#total - this.#bytes;
      if (rate > 0 && left > 0) parts.push(`${formatDuration((left * 1000) / rate)} left`);
    }
    return parts.join('  ');
  }

  #rate(): number {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return 0;
    // At the very first the rate is that since the start.
    const from = first === last ? { at: this.#start, bytes: 0 } : first;
    return last.at > from.at ? ((last.bytes - from.bytes) * 1000) / (last.at - from.at) : 0;
  }
}
