/** `smipc write`: files, or stdin, into a channel. */
import type { Buffer } from 'node:buffer';
import { fstatSync, createReadStream as readFile, type Stats, statSync } from 'node:fs';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { createWriteStream } from '../index.js';
import type { Run } from './command.js';
import { ExitCode } from './exit-codes.js';
import { Progress } from './progress.js';
import { limitRate } from './rate-limit.js';
import { parseLines, splitAtNul, splitLines } from './records.js';
import { awaitPeer, channelOptions, recordsOf, untilSignalled } from './streaming.js';

/** How much is read at once. As large as the largest chunk of a reader. */
const kChunkBytes = 256 * 1024;
const kStdin = '-';

export const run: Run = async ({ operands, values }) => {
  const [name = '', ...files] = operands;
  const records = recordsOf(values);
  const writer = createWriteStream(name, channelOptions(values));
  const isResumed = values.isSet('resume');
  const progress = new Progress(values, () => writer.channel, sizeOf(files));
  const stop = (): void => {
    // With `resume` the reader waits for the next one; everything that was read goes in before.
    if (isResumed) void writer.leave();
    else writer.destroy();
  };
  return untilSignalled(stop, async () => {
    await awaitPeer(writer, values);
    const bytes = progress.count(limitRate(chunksOf(files), values.number('rate-limit')));
    try {
      if (records === 'bytes') await pipeline(bytes, writer);
      else await pipeline(recordsIn(bytes, records), writer);
    } finally {
      progress.end();
    }
    return ExitCode.Done;
  });
};

function recordsIn(
  bytes: AsyncIterable<Buffer>,
  records: 'lines' | 'nul' | 'json',
): AsyncIterable<unknown> {
  if (records === 'nul') return splitAtNul(bytes);
  return records === 'json' ? parseLines(splitLines(bytes)) : splitLines(bytes);
}

async function* chunksOf(files: readonly string[]): AsyncGenerator<Buffer> {
  for (const file of files.length === 0 ? [kStdin] : files) {
    if (file === kStdin) yield* standardInput();
    else yield* readFile(file, { highWaterMark: kChunkBytes });
  }
}

/** A file is read in large parts; Node does it in small ones. */
function standardInput(): AsyncIterable<Buffer> {
  if (!fstatSync(0).isFile()) return process.stdin;
  return readFile('', { fd: 0, autoClose: false, highWaterMark: kChunkBytes });
}

/** How many bytes are to come; undefined: that is not known. */
function sizeOf(files: readonly string[]): number | undefined {
  let size = 0;
  for (const file of files.length === 0 ? [kStdin] : files) {
    const stats = statOf(file);
    if (stats?.isFile() !== true) return undefined;
    size += stats.size;
  }
  return size;
}

function statOf(file: string): Stats | undefined {
  try {
    return file === kStdin ? fstatSync(0) : statSync(file);
  } catch {
    // Reading it will say why.
    return undefined;
  }
}
