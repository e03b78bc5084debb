/** `--watch`: shows the same again and again. */
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import type { Values } from '../grammar/command.js';
import { ExitCode } from '../grammar/exit-codes.js';
import { isScreen, type Key, Screen } from './screen.js';
import { complain, outputStatus, show } from './terminal.js';

/** What there is to show at one moment. */
export interface Shown {
  /** Lines, for stdout. */
  readonly text: string;
  /** Lines, for stderr. */
  readonly complaints?: string;
  /** The exit status, if this is all. */
  readonly status: number;
}

/** Shows it once, or, with `--watch`, until it is to end. Returns the exit status. */
export async function watched(values: Values, look: () => Shown): Promise<number> {
  const everyMs = values.number('watch');
  if (everyMs === undefined) return showOnce(look());
  if (isScreen() && !values.isSet('json')) return new Watch(everyMs, look).run();
  // Looks can be told apart; and that nobody reads any more is noticed if there is nothing to show.
  return repeat(everyMs, look, values.isSet('json') ? '' : '\n');
}

function showOnce({ text, complaints = '', status }: Shown): number {
  show(text);
  complain(complaints);
  return status;
}

async function repeat(everyMs: number, look: () => Shown, behind: string): Promise<number> {
  let complained: string | undefined;
  for (;;) {
    const { text, complaints = '', status } = look();
    show(text + behind);
    // Once, and not each time.
    if (complaints !== complained) complain(complaints);
    complained = complaints;
    await setTimeout(everyMs);
    if (outputStatus() !== undefined) return status;
  }
}

/** On all of the terminal. */
class Watch {
  readonly #everyMs: number;
  readonly #look: () => Shown;
  readonly #screen = new Screen({
    onKey: (key) => this.#press(key),
    onRedraw: () => this.#refresh(),
  });
  #settle: { resolve(status: number): void; reject(error: unknown): void } | undefined;

  constructor(everyMs: number, look: () => Shown) {
    this.#everyMs = everyMs;
    this.#look = look;
  }

  async run(): Promise<number> {
    // What goes wrong at once is told before the terminal is taken.
    let timer: NodeJS.Timeout | undefined;
    const first = this.#look();
    try {
      return await new Promise<number>((resolve, reject) => {
        this.#settle = { resolve, reject };
        this.#screen.open();
        this.#draw(first);
        timer = setInterval(() => this.#refresh(), this.#everyMs);
      });
    } finally {
      clearInterval(timer);
      this.#screen.close();
    }
  }

  #refresh(): void {
    try {
      this.#draw(this.#look());
    } catch (error) {
      this.#settle?.reject(error);
    }
  }

  #draw({ text, complaints = '' }: Shown): void {
    const { height } = this.#screen.size();
    const lines = (text + complaints).split('\n').slice(0, -1);
    // All lines of the screen: what was there before goes.
    const shown = Array.from({ length: height }, (_, i) => lines[i] ?? '');
    const hidden = lines.length - height + 1;
    if (hidden > 1) shown[height - 1] = `(${hidden} more lines)`;
    this.#screen.draw(shown.map((line) => ({ text: line, style: 'plain' })));
  }

  #press({ name, ctrl }: Key): void {
    if (ctrl === true && name === 'c') process.kill(0, 'SIGINT');
    else if (ctrl === true && name === 'z') this.#screen.suspend();
    else if (ctrl === true && name === 'l') this.#screen.redraw();
    else if (name === 'q') this.#settle?.resolve(ExitCode.Done);
  }
}
