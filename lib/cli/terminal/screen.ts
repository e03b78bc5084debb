/**
 * The terminal as a screen: the alternate one, drawn in place, with keys that come as they are
 * pressed. However the program ends, the terminal is as it was before: when a signal comes, when
 * something is thrown, when it is stopped and goes on. (Not after SIGKILL, which nobody hears of.)
 *
 * A process in the background may not touch the terminal: the kernel would stop it. So the screen
 * is taken only in the foreground, and `draw` tries again each time.
 */
import process from 'node:process';
import { emitKeypressEvents } from 'node:readline';
import { hasColor } from './colors.js';
import { isInForeground } from './foreground.js';
import { endBy } from './signals.js';
import { show } from './terminal.js';

/** A key as node:readline tells of it. */
export interface Key {
  /** What it types; undefined: it is a function key. */
  readonly text?: string | undefined;
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

/** A line without control characters, but for colours, and how it is told from the others. */
export interface Line {
  readonly text: string;
  readonly style: 'plain' | 'header' | 'alert';
}

/** The alternate screen, no cursor, and lines that end at the edge. */
const kEnter = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const kLeave = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const kClear = '\x1b[2J';
const kClearLine = '\x1b[K';
const kPlain = '\x1b[0m';
const kReverse = '\x1b[7m';
const kRed = '\x1b[31m';
const kBold = '\x1b[1m';

const kDefaultSize = { width: 80, height: 24 };

/**
 * All that end a process and that a program can wait for. Not those of Node itself (SIGUSR1 and
 * SIGPROF), and not those of faults, such as SIGSEGV: what raised them would be done again.
 */
const kFatalSignals = [
  ...(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGABRT', 'SIGALRM', 'SIGUSR2'] as const),
  ...(['SIGVTALRM', 'SIGXCPU', 'SIGIO', 'SIGPWR', 'SIGSTKFLT', 'SIGSYS', 'SIGTRAP'] as const),
];

export interface ScreenEvents {
  onKey(key: Key): void;
  /** The size is another, or the screen has come back. */
  onRedraw(): void;
}

/** Whether stdout can be drawn on. */
export function isScreen(): boolean {
  return process.stdout.isTTY === true && !['', 'dumb'].includes(process.env.TERM ?? '');
}

export class Screen {
  readonly #events: ScreenEvents;
  readonly #alert = hasColor() ? kRed : kBold;
  /** Whether the terminal is ours at the moment. */
  #isTaken = false;
  /** What is shown, so that only what differs is written. */
  #lines: readonly string[] = [];

  constructor(events: ScreenEvents) {
    this.#events = events;
  }

  open(): void {
    for (const signal of kFatalSignals) process.on(signal, this.#onFatal);
    process.on('SIGTSTP', this.#onStop);
    process.on('SIGCONT', this.#onContinue);
    // Before what was thrown is shown: it belongs on the other screen.
    process.on('uncaughtExceptionMonitor', this.#leave);
    process.on('exit', this.#leave);
    process.stdout.on('resize', this.redraw);
    if (process.stdin.isTTY === true) {
      // Else it would be read as soon as there is a listener, even in the background.
      process.stdin.pause();
      emitKeypressEvents(process.stdin);
      process.stdin.on('keypress', this.#onKey);
      process.stdin.on('end', this.#onGone);
      process.stdin.on('error', this.#onGone);
    }
    process.stdout.on('error', this.#onGone);
    this.#enter();
  }

  close(): void {
    this.#leave();
    for (const signal of kFatalSignals) process.off(signal, this.#onFatal);
    process.off('SIGTSTP', this.#onStop);
    process.off('SIGCONT', this.#onContinue);
    process.off('uncaughtExceptionMonitor', this.#leave);
    process.off('exit', this.#leave);
    process.stdout.off('resize', this.redraw);
    process.stdin.off('keypress', this.#onKey);
    process.stdin.off('end', this.#onGone);
    // Not 'error': that the terminal cannot be left because it has gone may be told later.
  }

  size(): { width: number; height: number } {
    return {
      width: process.stdout.columns || kDefaultSize.width,
      height: process.stdout.rows || kDefaultSize.height,
    };
  }

  /** Shows the lines, as many as there is space for. */
  draw(lines: readonly Line[]): void {
    if (!this.#isTaken) this.#enter();
    if (!this.#isTaken) return;
    const styled = lines.map((line) => this.#styled(line));
    let text = '';
    for (const [i, line] of styled.entries()) {
      // Cleared before: at the end of a full line it would take its last character.
      if (line !== this.#lines[i]) text += `\x1b[${i + 1};1H${kClearLine}${line}`;
    }
    // The cursor at the bottom, where a shell goes on if we are killed.
    if (text !== '') show(`${text}\x1b[${lines.length};1H`);
    this.#lines = styled;
  }

  /** Stops all that the terminal would stop at ^Z, until the shell lets it go on. */
  suspend(): void {
    this.#stop(0);
  }

  #styled({ text, style }: Line): string {
    if (style === 'plain') return text;
    return `${style === 'header' ? kReverse : this.#alert}${text}${kPlain}`;
  }

  #enter(): void {
    if (this.#isTaken || isInForeground() === false) return;
    this.#isTaken = true;
    // To and fro: the shell may have changed the mode while we were stopped, which libuv does not
    // know of.
    setRaw(false);
    setRaw(true);
    this.#lines = [];
    show(kEnter + kClear);
    if (process.stdin.isTTY === true) process.stdin.resume();
  }

  readonly #leave = (): void => {
    if (!this.#isTaken) return;
    this.#isTaken = false;
    if (process.stdin.isTTY === true) process.stdin.pause();
    show(kLeave);
    setRaw(false);
  };

  /** @param whom the process, or 0, its group */
  #stop(whom: number): void {
    this.#leave();
    // With no listener the signal stops the process, before kill() returns: the JavaScript thread is
    // the one that the kernel gives it to. In a group whose shell is gone it does nothing, and we
    // go on.
    process.off('SIGTSTP', this.#onStop);
    process.kill(whom, 'SIGTSTP');
    process.on('SIGTSTP', this.#onStop);
    this.redraw();
  }

  readonly #onStop = (): void => this.#stop(process.pid);

  /** Also after SIGSTOP, before which nothing could be done. */
  readonly #onContinue = (): void => {
    this.#isTaken = false;
    if (process.stdin.isTTY === true) process.stdin.pause();
    this.redraw();
  };

  /** Draws all of it, and not only what differs. */
  readonly redraw = (): void => {
    if (this.#isTaken) show(kClear);
    this.#lines = [];
    this.#events.onRedraw();
  };

  readonly #onFatal = (signal: NodeJS.Signals): void => {
    this.#leave();
    endBy(signal);
  };

  /** No key ends the input: the terminal has gone. */
  readonly #onGone = (): void => this.#onFatal('SIGHUP');

  readonly #onKey = (text: string | undefined, key: Omit<Key, 'text'>): void =>
    this.#events.onKey({ ...key, text });
}

function setRaw(isRaw: boolean): void {
  if (process.stdin.isTTY === true) process.stdin.setRawMode(isRaw);
}
