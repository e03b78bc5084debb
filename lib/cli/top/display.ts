/** `smipc top` on a terminal: samples and keys change what is shown. */
import process from 'node:process';
import { ExitCode } from '../grammar/exit-codes.js';
import { type Key, Screen } from '../terminal/screen.js';
import { isUnicode } from '../terminal/terminal.js';
import { type Controls, press, shownRows } from './controls.js';
import type { Row } from './model.js';
import { rowsThatFit, screenLines } from './view.js';

export interface DisplayOptions {
  readonly controls: Controls;
  readonly directory: string;
  readonly intervalMs: number;
  /** How many samples are shown after the first. */
  readonly mostRefreshes: number;
  sample(): Row[];
}

/** Until it is to end. Returns the exit status. */
export function display(options: DisplayOptions): Promise<number> {
  return new Display(options).run();
}

class Display {
  readonly #options: DisplayOptions;
  readonly #isUnicode = isUnicode();
  readonly #screen = new Screen({
    onKey: (key) => this.#press(key),
    onRedraw: () => this.#draw(),
  });
  #controls: Controls;
  #rows: readonly Row[] = [];
  /** What is shown while it is paused. */
  #heldRows: readonly Row[] | undefined;
  #refreshes = 0;
  #timer: NodeJS.Timeout | undefined;
  #settle: { resolve(status: number): void; reject(error: unknown): void } | undefined;

  constructor(options: DisplayOptions) {
    this.#options = options;
    this.#controls = options.controls;
  }

  async run(): Promise<number> {
    this.#rows = this.#options.sample();
    try {
      return await new Promise<number>((resolve, reject) => {
        this.#settle = { resolve, reject };
        this.#screen.open();
        this.#draw();
        this.#timer = setInterval(() => this.#refresh(), this.#options.intervalMs);
      });
    } finally {
      clearInterval(this.#timer);
      this.#screen.close();
    }
  }

  #end(status: number): void {
    this.#settle?.resolve(status);
  }

  #refresh(): void {
    try {
      // Also while it is paused, so that the ages are right afterwards.
      this.#rows = this.#options.sample();
    } catch (error) {
      this.#settle?.reject(error);
      return;
    }
    if (this.#controls.isPaused) return;
    this.#draw();
    if (++this.#refreshes >= this.#options.mostRefreshes) this.#end(ExitCode.Done);
  }

  #press(key: Key): void {
    const { height } = this.#screen.size();
    const count = shownRows(this.#shown(), this.#controls).length;
    const next = press(key, this.#controls, rowsThatFit(height), count);
    switch (next) {
      case 'quit':
        this.#end(ExitCode.Done);
        break;
      case 'interrupt':
        // As if the terminal had sent it: to the whole group.
        process.kill(0, 'SIGINT');
        break;
      case 'suspend':
        this.#screen.suspend();
        break;
      case 'redraw':
        this.#screen.redraw();
        break;
      default:
        this.#heldRows = next.isPaused ? this.#shown() : undefined;
        this.#controls = next;
        this.#draw();
    }
  }

  #shown(): readonly Row[] {
    return this.#heldRows ?? this.#rows;
  }

  #draw(): void {
    const { directory } = this.#options;
    const look = { ...this.#screen.size(), directory, isUnicode: this.#isUnicode };
    this.#screen.draw(screenLines(this.#shown(), this.#controls, look));
  }
}
