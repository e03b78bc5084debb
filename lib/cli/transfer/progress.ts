/** `--progress`: a line on stderr that says what goes through, and how fast. As pv(1) does. */
import { performance } from 'node:perf_hooks';
import type { Channel } from '../../index.js';
import type { Values } from '../grammar/command.js';
import { formatDuration, formatSize } from '../grammar/quantities.js';
import { isInForeground } from '../terminal/foreground.js';
import { hasStatusLine, showStatusLine } from '../terminal/status-line.js';
import { complain } from '../terminal/terminal.js';

/** On a terminal the line is written over; elsewhere each is a line of its own. */
const kTerminalRefreshMs = 250;
const kRefreshMs = 1000;
/** The rate is that of the last seconds, not of the refresh. */
const kWindowMs = 3000;

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

export class Progress {
  readonly #isTerminal = hasStatusLine();
  readonly #channel: Channel;
  readonly #bytes: () => number;
  readonly #total: number | undefined;
  readonly #start = performance.now();
  readonly #samples: Sample[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** The cursor is at the end of the line. */
  #isDrawn = false;

  /**
   * @param areDataShown on a terminal, where the line would be in their way
   * @param total how many bytes are to come; undefined: that is not known
   */
  constructor(
    values: Values,
    areDataShown: boolean,
    channel: Channel,
    bytes: () => number,
    total?: number,
  ) {
    this.#channel = channel;
    this.#bytes = bytes;
    this.#total = total;
    const isWanted = this.#isTerminal && !areDataShown;
    if (values.isSet('quiet') || !(values.switchOf('progress') ?? isWanted)) return;
    const refreshMs = this.#isTerminal ? kTerminalRefreshMs : kRefreshMs;
    this.#timer = setInterval(() => this.#draw(), refreshMs).unref();
  }

  end(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#draw();
    if (this.#isDrawn) complain('\n');
  }

  #draw(): void {
    const line = this.#line();
    // As pv(1): a job in the background would write over the prompt.
    if (this.#isTerminal && isInForeground() === false) return;
    if (!this.#isTerminal) {
      complain(`${line}\n`);
      return;
    }
    showStatusLine(line);
    this.#isDrawn = true;
  }

  #line(): string {
    const now = performance.now();
    const bytes = this.#bytes();
    this.#samples.push({ at: now, bytes });
    while (this.#samples.length > 2 && (this.#samples[0] as Sample).at < now - kWindowMs) {
      this.#samples.shift();
    }
    const rate = this.#rate();
    const parts = [
      formatSize(bytes),
      formatDuration(now - this.#start),
      `${formatSize(rate)}/s`,
      this.#ring(),
    ];
    if (this.#total !== undefined && this.#total > 0) {
      parts.push(`${Math.min(100, Math.floor((100 * bytes) / this.#total))} %`);
      const left = this.#total - bytes;
      if (rate > 0 && left > 0) parts.push(`${formatDuration((left * 1000) / rate)} left`);
    }
    return parts.join('  ');
  }

  #ring(): string {
    const { used, capacity } = this.#channel.status();
    return `ring ${Math.round((100 * used) / capacity)} %`;
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
