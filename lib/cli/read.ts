/** `smipc read`: what comes through a channel, to a file or stdout. */
import type { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createWriteStream as writeFile } from 'node:fs';
import process from 'node:process';
import type { Writable } from 'node:stream';
import { createReadStream } from '../index.js';
import type { Run, Values } from './command.js';
import { ExitCode } from './exit-codes.js';
import { Progress } from './progress.js';
import { limitRate } from './rate-limit.js';
import { jsonLine, lineOf, nulEnded } from './records.js';
import { awaitPeer, channelOptions, recordsOf, untilSignalled } from './streaming.js';
import { isOutputClosed } from './terminal.js';

export const run: Run = async ({ operands, values }) => {
  const [name = '', file] = operands;
  const encode = encoderOf(values);
  const options = { ...channelOptions(values), acknowledge: acknowledges(values) };
  const reader = createReadStream(name, options);
  const progress = new Progress(values, () => reader.channel, undefined);
  const stop = (): void => void reader.leave();
  return untilSignalled(stop, async () => {
    await awaitPeer(reader, values);
    const target = file === undefined ? process.stdout : writeFile(file);
    if (file !== undefined) await once(target, 'open');
    const bytes = progress.count(limitRate(encoded(reader, encode), values.number('rate-limit')));
    try {
      // Chunk after chunk: all that came is written before an error is told.
      for await (const chunk of bytes) await put(target, chunk);
    } catch (error) {
      if (!isOutputClosed()) throw error;
      return ExitCode.OutputClosed;
    } finally {
      reader.destroy();
      if (file !== undefined) await end(target);
      progress.end();
    }
    return ExitCode.Done;
  });
};

/** A message that is not written yet is not taken out of the ring. */
function acknowledges(values: Values): boolean {
  return values.isSet('resume') && recordsOf(values) !== 'bytes';
}

type Encode = (value: never) => Buffer;

function encoderOf(values: Values): Encode {
  switch (recordsOf(values)) {
    case 'bytes':
      return (chunk: Buffer) => chunk;
    case 'lines':
      return lineOf;
    case 'nul':
      return nulEnded;
    case 'json':
      return jsonLine;
  }
}

async function* encoded(values: AsyncIterable<unknown>, encode: Encode): AsyncGenerator<Buffer> {
  for await (const value of values) yield encode(value as never);
}

/** Settles when it is written, so that a target that is full is waited for. */
function put(target: Writable, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    target.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

async function end(target: Writable): Promise<void> {
  if (target.destroyed) return;
  const closed = once(target, 'close');
  target.end();
  await closed;
}
