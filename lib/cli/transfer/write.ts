/** `smipc write`: files, or stdin, through a channel. */
import { finished } from 'node:stream/promises';
import { isatty } from 'node:tty';
import { type Channel, type ChannelWriteStream, createWriteStream } from '../../index.js';
import type { Run, Values } from '../grammar/command.js';
import { ExitCode } from '../grammar/exit-codes.js';
import { untilSignalled } from '../terminal/signals.js';
import { complain } from '../terminal/terminal.js';
import { type Input, InputFiles, kFileEnd } from './input.js';
import { Pace } from './pace.js';
import { Progress } from './progress.js';
import { RecordError, Splitter } from './records.js';
import { awaitPeer, channelOptions, destroyed, put, recordsOf } from './streaming.js';

const kStdin = 0;
/** How long nobody wonders. */
const kNoticeMs = 500;
const kNotice =
  'smipc: what was read from stdin waits for space in the channel; the signal once more leaves it out\n';

export const run: Run = async ({ operands: [name = '', ...names], values }) => {
  const files = new InputFiles(names);
  const writer = createWriteStream(name, channelOptions(values));
  // Whoever waits for it is told, too.
  writer.on('error', () => {});
  let sending: Sending | undefined;
  const stop = async (): Promise<void> => {
    // Of files, the next one finds what is not in the channel yet.
    const isMissed = values.isSet('resume') && !files.areRepeatable;
    if (isMissed && sending !== undefined) await sending.leave();
    else await destroyed(writer);
  };
  return untilSignalled(stop, async () => {
    try {
      await awaitPeer(writer, values);
      sending = new Sending(files, writer, writer.channel as Channel, values);
      await sending.done();
      return ExitCode.Done;
    } catch (error) {
      await destroyed(writer);
      throw error;
    }
  });
};

/** From the files into the open channel. */
class Sending {
  readonly #input: Input;
  readonly #splitter: Splitter | undefined;
  readonly #writer: ChannelWriteStream;
  readonly #pace: Pace;
  readonly #progress: Progress;
  #isLeft = false;
  #allSent: Promise<void> | undefined;

  constructor(files: InputFiles, writer: ChannelWriteStream, channel: Channel, values: Values) {
    const records = recordsOf(values);
    const begun = values.isSet('resume') && files.areRepeatable ? channel : undefined;
    const skippedBytes = records === 'bytes' ? (begun?.position ?? 0) : 0;
    if (files.areRepeatable && skippedBytes > (files.size as number)) {
      throw new Error(
        `${skippedBytes} bytes are in the channel already, and the files have ${files.size}`,
      );
    }
    this.#writer = writer;
    this.#input = files.open(skippedBytes);
    this.#pace = new Pace(values.number('rate-limit'));
    if (records !== 'bytes') this.#splitter = new Splitter(records, begun?.messages ?? 0);
    const total = files.size === undefined ? undefined : files.size - skippedBytes;
    // The terminal shows what is typed.
    const isShown = isatty(kStdin) && files.size === undefined;
    this.#progress = new Progress(values, isShown, channel, () => this.#input.bytes, total);
    // The reader may go while nothing comes.
    writer.once('close', () => this.#stop());
  }

  /** Settles when all of it is in the channel, and its end. */
  async done(): Promise<void> {
    try {
      this.#allSent = this.#sendAll();
      await this.#allSent;
      if (this.#isLeft) return;
      this.#writer.end();
      await finished(this.#writer);
    } finally {
      this.#progress.end();
    }
  }

  /** Puts in what was read, and leaves the rest to the next writer. A line that is begun is not sent. */
  async leave(): Promise<void> {
    this.#isLeft = true;
    this.#stop();
    const notice = setTimeout(() => complain(kNotice), kNoticeMs);
    await this.#allSent;
    clearTimeout(notice);
    await this.#writer.leave();
  }

  #stop(): void {
    this.#input.stop();
    this.#pace.stop();
  }

  async #sendAll(): Promise<void> {
    const splitter = this.#splitter;
    for (;;) {
      const chunk = await this.#input.next(this.#pace.step);
      if (chunk === undefined) return;
      if (chunk === kFileEnd) {
        if (splitter !== undefined) await this.#putRecords(splitter, splitter.rest());
        continue;
      }
      if (splitter === undefined) await put(this.#writer, [chunk]);
      else await this.#putRecords(splitter, splitter.split(chunk));
      await this.#pace.moved(chunk.length);
    }
  }

  async #putRecords(splitter: Splitter, records: Iterable<unknown>): Promise<void> {
    try {
      await put(this.#writer, records);
    } catch (error) {
      // What is wrong with the channel is not the record's fault.
      if ('channel' in (error as Error)) throw error;
      throw this.#located(splitter, error as Error);
    }
  }

  /** With the file and the line. */
  #located({ place }: Splitter, error: Error): Error {
    const { fileName } = this.#input;
    const where = error instanceof RecordError ? [] : [place];
    const parts = [...(fileName === undefined ? [] : [fileName]), ...where, error.message];
    return new Error(parts.join(': '), { cause: error });
  }
}
