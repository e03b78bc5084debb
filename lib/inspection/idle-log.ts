/** Says what an iteration over watch() waits for while there is no channel: lines of NODE_DEBUG=smipc. */
import { reportIdleWatch } from '../environment/diagnostics.js';
import { monotonicMs } from '../environment/environment.js';

/** How long a directory has to stay empty, in milliseconds. */
const kSilenceMs = 1000;

export class IdleLog {
  readonly #directory: string;
  #emptySince: number | undefined;
  /** What was said last, since there was a channel. */
  #said: string | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The next event is waited for. It is said at each recheck, so that there is no timer. */
  note(isThere: boolean, channels: number): void {
    if (isThere && channels === 0) this.#emptySince ??= monotonicMs();
    else this.#emptySince = undefined;
    if (channels > 0) this.#said = undefined;
    else if (!isThere) this.#say('the directory does not exist yet');
    else if (monotonicMs() - (this.#emptySince ?? 0) >= kSilenceMs) {
      this.#say('no channel is in the directory');
    }
  }

  #say(text: string): void {
    if (text !== this.#said) reportIdleWatch(this.#directory, text);
    this.#said = text;
  }
}
