/** `smipc read` of messages and objects. */
import { isatty } from 'node:tty';
import { type Channel, type ChannelReadStream, createReadStream } from '../../index.js';
import type { Values } from '../grammar/command.js';
import { ExitCode } from '../grammar/exit-codes.js';
import type { Output } from './output.js';
import { beginOutput, type OutputFile } from './output-file.js';
import { Pace } from './pace.js';
import { Progress } from './progress.js';
import { Encoder } from './records.js';
import { awaitPeer, channelOptions, destroyed, recordsOf } from './streaming.js';

const kStdout = 1;

export class RecordsReading {
  readonly #file: OutputFile | undefined;
  readonly #values: Values;
  readonly #reader: ChannelReadStream;
  readonly #pace: Pace;
  #isStopped = false;
  #ended: Promise<void> | undefined;

  constructor(name: string, file: OutputFile | undefined, values: Values) {
    this.#file = file;
    this.#values = values;
    this.#pace = new Pace(values.number('rate-limit'));
    // A message that is not written yet is not taken out of the ring.
    const acknowledge = values.isSet('resume');
    this.#reader = createReadStream(name, { ...channelOptions(values), acknowledge });
    // Whoever waits for it is told, too.
    this.#reader.on('error', () => {});
  }

  async open(): Promise<void> {
    await awaitPeer(this.#reader, this.#values);
  }

  /** Returns the exit status. */
  async done(): Promise<number> {
    const channel = this.#reader.channel as Channel;
    const isResumed = this.#values.isSet('resume') && channel.position > 0;
    const output = beginOutput(this.#file, isResumed ? (this.#file?.size ?? 0) : 0);
    output.onError = () => this.#reader.destroy();
    let bytes = 0;
    const isShown = this.#file === undefined && isatty(kStdout);
    const progress = new Progress(this.#values, isShown, channel, () => bytes);
    try {
      this.#ended = this.#writeAll(output, (count) => {
        bytes += count;
      });
      await this.#ended;
      return ExitCode.Done;
    } finally {
      await destroyed(this.#reader);
      progress.end();
    }
  }

  /** With `resume` what was taken out of the channel is written; without it nobody would miss it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pace.stop();
    if (this.#values.isSet('resume') && this.#ended !== undefined) {
      void this.#reader.leave();
      await this.#ended;
    }
    await destroyed(this.#reader);
  }

  async #writeAll(output: Output, onWritten: (count: number) => void): Promise<void> {
    const encoder = new Encoder(recordsOf(this.#values));
    try {
      for await (const value of this.#reader) {
        const bytes = encoder.encode(value);
        await output.write(bytes);
        // The next message is asked for when this one is safe.
        if (this.#values.isSet('resume')) await output.flush();
        onWritten(bytes.length);
        await this.#pace.moved(bytes.length);
      }
      // An empty stream empties the file.
      if (!this.#isStopped) output.begin();
    } finally {
      // All that came is written before an error is told.
      await output.end();
    }
  }
}
