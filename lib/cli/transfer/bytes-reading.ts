/** `smipc read` of bytes. */
import { isatty } from 'node:tty';
import type { Channel } from '../../index.js';
import type { Values } from '../grammar/command.js';
import { ExitCode } from '../grammar/exit-codes.js';
import { complain } from '../terminal/terminal.js';
import { beginOutput, type OutputFile } from './output-file.js';
import { Pace } from './pace.js';
import { Progress } from './progress.js';
import { Receiving } from './receiving.js';
import { openReader } from './streaming.js';

const kStdout = 1;

/** Where in a file what comes goes, and how many bytes the file lacks of what came before. */
interface Start {
  readonly start: number;
  readonly missing: number;
}

/** The bytes stay in the ring until they are written. */
export class BytesReading {
  readonly #name: string;
  readonly #file: OutputFile | undefined;
  readonly #values: Values;
  readonly #opening = new AbortController();
  #channel: Channel | undefined;
  #receiving: Receiving | undefined;
  #ended: Promise<void> | undefined;

  constructor(name: string, file: OutputFile | undefined, values: Values) {
    this.#name = name;
    this.#file = file;
    this.#values = values;
  }

  async open(): Promise<void> {
    this.#channel = await openReader(this.#name, this.#values, this.#opening.signal);
  }

  /** Returns the exit status. */
  async done(): Promise<number> {
    const channel = this.#channel as Channel;
    const { start, missing } = this.#start(channel);
    if (missing > 0) complain(`smipc: the file lacks ${missing} bytes of what came before\n`);
    const output = beginOutput(this.#file, start);
    const receiving = new Receiving(channel, output, new Pace(this.#values.number('rate-limit')));
    this.#receiving = receiving;
    const isShown = this.#file === undefined && isatty(kStdout);
    const progress = new Progress(this.#values, isShown, channel, () => receiving.bytes);
    try {
      this.#ended = receiving.done();
      try {
        await this.#ended;
        // An empty stream empties the file.
        if (!receiving.isStopped) output.begin();
      } finally {
        // All that came is written before an error is told.
        await output.end();
      }
    } finally {
      await channel.close();
      progress.end();
    }
    return missing === 0 ? ExitCode.Done : ExitCode.Failed;
  }

  /** With `resume` what is being written is taken out of the channel. */
  async stop(): Promise<void> {
    this.#opening.abort();
    this.#receiving?.stop();
    if (this.#values.isSet('resume')) await this.#ended;
    await this.#channel?.close();
  }

  #start(channel: Channel): Start {
    const size = this.#file?.size;
    const { position } = channel;
    if (size === undefined || !this.#values.isSet('resume') || position === 0) {
      return { start: 0, missing: 0 };
    }
    if (size <= position) return { start: size, missing: position - size };
    return { start: this.#isNext(channel, size - position) ? position : size, missing: 0 };
  }

  /**
   * Whether the file ends with as many bytes of what comes next: a reader was killed when it had
   * written them, and before it had taken them out of the ring.
   */
  #isNext(channel: Channel, count: number): boolean {
    let isSame = false;
    channel.tryPeek((view) => {
      isSame = count <= view.length && this.#file?.endsWith(view.subarray(0, count)) === true;
      return 0;
    });
    return isSame;
  }
}
