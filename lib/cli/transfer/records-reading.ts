/** `smipc read` of messages and objects. */
import type { Buffer } from 'node:buffer';
import { isatty } from 'node:tty';
import { type Channel, type ChannelReadStream, createReadStream } from '../../index.js';
import type { Values } from '../grammar/command.js';
import { ExitCode } from '../grammar/exit-codes.js';
import type { Output } from './output.js';
import { beginOutput, type OutputFile } from './output-file.js';
import { Pace } from './pace.js';
import { Progress } from './progress.js';
import { Encoder, type RecordKind } from './records.js';
import { awaitPeer, channelOptions, destroyed } from './streaming.js';

const kStdout = 1;

export class RecordsReading {
  readonly #file: OutputFile | undefined;
  readonly #values: Values;
  readonly #reader: ChannelReadStream;
  readonly #pace: Pace;
  readonly #encoder: Encoder;
  /** That were written so far. */
  #bytes = 0;
  #isStopped = false;
  #ended: Promise<void> | undefined;

  constructor(name: string, kind: RecordKind, file: OutputFile | undefined, values: Values) {
    this.#file = file;
    this.#values = values;
    this.#pace = new Pace(values.number('rate-limit'));
    this.#encoder = new Encoder(kind);
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
    const isShown = this.#file === undefined && isatty(kStdout);
    const progress = new Progress(this.#values, isShown, channel, () => this.#bytes);
    try {
      this.#ended = this.#writeAll();
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

  async #writeAll(): Promise<void> {
    const isResumed = this.#values.isSet('resume') && (this.#reader.channel?.position ?? 0) > 0;
    let output: Output | undefined;
    try {
      for await (const value of this.#reader) {
        const bytes = this.#encoder.encode(value);
        output ??= this.#begin(isResumed ? this.#startOf(bytes) : 0);
        await output.write(bytes);
        // The next message is asked for when this one is safe.
        if (this.#values.isSet('resume')) await output.flush();
        this.#bytes += bytes.length;
        await this.#pace.moved(bytes.length);
      }
      // An empty stream empties the file.
      if (!this.#isStopped && !isResumed) {
        output ??= this.#begin(0);
        output.begin();
      }
    } finally {
      // All that came is written before an error is told.
      await output?.end();
    }
  }

  #begin(start: number): Output {
    const output = beginOutput(this.#file, start);
    output.onError = () => this.#reader.destroy();
    return output;
  }

  /** Where in the file the first record goes: over what a reader had written of it that was killed. */
  #startOf(record: Buffer): number {
    if (this.#file === undefined) return 0;
    const size = this.#file.size ?? 0;
    const begun = this.#file.rest(this.#encoder.separator, record.length);
    return record.subarray(0, begun.length).equals(begun) ? size - begun.length : size;
  }
}
