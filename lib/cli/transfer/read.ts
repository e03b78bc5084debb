/** `smipc read`: what comes through a channel, to a file or stdout. */
import type { Buffer } from 'node:buffer';
import process from 'node:process';
import { type Channel, type ChannelReadStream, createReadStream } from '../../index.js';
import type { Run, Values } from '../grammar/command.js';
import { ExitCode } from '../grammar/exit-codes.js';
import { untilSignalled } from '../terminal/signals.js';
import { complain } from '../terminal/terminal.js';
import { type Output, OutputFile, standardOutput } from './output.js';
import { Progress } from './progress.js';
import { RateLimit } from './rate-limit.js';
import { encode, type Records } from './records.js';
import { awaitPeer, channelOptions, destroyed, recordsOf } from './streaming.js';

const kStdout = '-';

export const run: Run = async ({ operands: [name = '', path], values }) => {
  const options = { ...channelOptions(values), acknowledge: acknowledges(values) };
  // Before the channel, which a reader that cannot write would spoil.
  const file = path === undefined || path === kStdout ? undefined : await OutputFile.open(path);
  let reader: ChannelReadStream | undefined;
  let receiving: Promise<number> | undefined;
  const stop = async (): Promise<void> => {
    if (reader === undefined) return;
    // With `resume` what was taken out is written; without it nobody would miss it.
    if (values.isSet('resume') && receiving !== undefined) {
      void reader.leave();
      await receiving;
    }
    await destroyed(reader);
  };
  return untilSignalled(stop, async () => {
    try {
      reader = createReadStream(name, options);
      // Whoever waits for it is told, too.
      reader.on('error', () => {});
      await awaitPeer(reader, values);
    } catch (error) {
      file?.discard();
      throw error;
    }
    receiving = receive(reader, file, values);
    return receiving;
  });
};

/** A message that is not written yet is not taken out of the ring. */
function acknowledges(values: Values): boolean {
  return values.isSet('resume') && recordsOf(values) !== 'bytes';
}

async function receive(
  reader: ChannelReadStream,
  file: OutputFile | undefined,
  values: Values,
): Promise<number> {
  const channel = reader.channel as Channel;
  const missing = missingBefore(channel, file, values);
  const isResumed = values.isSet('resume') && channel.position > 0;
  const output = file === undefined ? standardOutput() : file.begin(isResumed);
  output.onError = () => reader.destroy();
  const isShown = file === undefined && process.stdout.isTTY === true;
  const writing = new Writing(output, values);
  const progress = new Progress(values, isShown, channel, () => writing.bytes);
  try {
    await writing.writeAll(reader);
  } catch (error) {
    if (output.isClosed) return ExitCode.OutputClosed;
    throw error;
  } finally {
    await destroyed(reader);
    progress.end();
  }
  return missing === 0 ? ExitCode.Done : ExitCode.Failed;
}

/** How many bytes a reader had taken out that was killed before they were in the file. */
function missingBefore(channel: Channel, file: OutputFile | undefined, values: Values): number {
  const size = file?.size;
  if (size === undefined || !values.isSet('resume') || recordsOf(values) !== 'bytes') return 0;
  const missing = Math.max(0, channel.position - size);
  if (missing > 0) {
    complain(`smipc: ${missing} bytes are missing, which the last reader took and did not write\n`);
  }
  return missing;
}

class Writing {
  readonly #output: Output;
  readonly #records: Records;
  readonly #limit: RateLimit | undefined;
  readonly #acknowledges: boolean;
  /** That were written so far. */
  bytes = 0;

  constructor(output: Output, values: Values) {
    const bytesPerSecond = values.number('rate-limit');
    this.#output = output;
    this.#records = recordsOf(values);
    this.#limit = bytesPerSecond === undefined ? undefined : new RateLimit(bytesPerSecond);
    this.#acknowledges = acknowledges(values);
  }

  /** All that came is written before an error is told. */
  async writeAll(reader: ChannelReadStream): Promise<void> {
    try {
      for await (const value of reader) await this.#write(encode(this.#records, value));
    } finally {
      await this.#output.end();
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#limit === undefined) await this.#put(bytes);
    else for await (const part of this.#limit.pace(bytes)) await this.#put(part);
    // The next message is asked for when this one is safe.
    if (this.#acknowledges) await this.#output.flush();
  }

  async #put(bytes: Buffer): Promise<void> {
    await this.#output.write(bytes);
    this.bytes += bytes.length;
  }
}
