/** `smipc write`: files, or stdin, into a channel. */
import { once } from 'node:events';
import process from 'node:process';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type Channel, type ChannelWriteStream, createWriteStream } from '../../index.js';
import type { Run, Values } from '../grammar/command.js';
import { ExitCode } from '../grammar/exit-codes.js';
import { untilSignalled } from '../terminal/signals.js';
import { type Input, Sources } from './input.js';
import { Progress } from './progress.js';
import { RateLimit } from './rate-limit.js';
import { Splitter } from './records.js';
import { awaitPeer, channelOptions, destroyed, recordsOf } from './streaming.js';

export const run: Run = async ({ operands: [name = '', ...files], values }) => {
  const sources = new Sources(files);
  const writer = createWriteStream(name, channelOptions(values));
  // Whoever waits for it is told, too.
  writer.on('error', () => {});
  let sending: Sending | undefined;
  const stop = async (): Promise<void> => {
    if (values.isSet('resume') && sending !== undefined) await sending.leave();
    else await destroyed(writer);
  };
  return untilSignalled(stop, async () => {
    try {
      await awaitPeer(writer, values);
      sending = new Sending(sources, writer, writer.channel as Channel, values);
      await sending.done();
      return ExitCode.Done;
    } catch (error) {
      await destroyed(writer);
      throw error;
    }
  });
};

/** From the sources into the open channel. */
class Sending {
  readonly #input: Input;
  readonly #splitter: Splitter | undefined;
  readonly #writer: ChannelWriteStream;
  readonly #progress: Progress;
  /** What goes into the channel: the input, or the last of the stages behind it. */
  readonly #source: Readable;
  #isLeft = false;

  constructor(sources: Sources, writer: ChannelWriteStream, channel: Channel, values: Values) {
    const records = recordsOf(values);
    const begun = values.isSet('resume') && sources.areRepeatable ? channel : undefined;
    const skippedBytes = records === 'bytes' ? (begun?.position ?? 0) : 0;
    if (sources.areRepeatable && skippedBytes > (sources.size as number)) {
      throw new Error(
        `${skippedBytes} bytes are in the channel already, and the files have ${sources.size}`,
      );
    }
    this.#writer = writer;
    this.#input = sources.open(skippedBytes);
    if (records !== 'bytes') this.#splitter = new Splitter(records, begun?.messages ?? 0);
    const total = sources.size === undefined ? undefined : sources.size - skippedBytes;
    // The terminal shows what is typed.
    const isShown = process.stdin.isTTY === true && sources.size === undefined;
    this.#progress = new Progress(values, isShown, channel, () => this.#input.bytes, total);
    this.#source = this.#behindStages(values.number('rate-limit'));
    writer.once('error', (error) => this.#source.destroy(error));
    writer.once('close', () => this.#source.destroy());
    this.#source.pipe(writer, { end: false });
  }

  #behindStages(bytesPerSecond: number | undefined): Readable {
    const stages: Transform[] = [];
    if (bytesPerSecond !== undefined) stages.push(new RateLimit(bytesPerSecond).stream());
    if (this.#splitter !== undefined) stages.push(this.#splitter);
    const last = stages.at(-1);
    if (last === undefined) return this.#input;
    // Its callback has nothing to say that the last one does not say.
    pipeline([this.#input, ...stages], () => {});
    return last;
  }

  /** Settles when all of it is in the channel, and its end. */
  async done(): Promise<void> {
    try {
      await finished(this.#source, { writable: false });
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
    this.#splitter?.cut();
    this.#input.stop();
    if (this.#source.readableEnded === false) await once(this.#source, 'close');
    await this.#writer.leave();
  }
}
