/** `--rate-limit`: so many bytes a second, in small steps, so that the stream stays even. */
import type { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

/** The longest pause between two steps. */
const kStepMs = 50;

/** @param bytesPerSecond undefined: no limit */
export async function* limitRate(
  chunks: AsyncIterable<Buffer>,
  bytesPerSecond: number | undefined,
): AsyncGenerator<Buffer> {
  if (bytesPerSecond === undefined) {
    yield* chunks;
    return;
  }
  const step = Math.max(1, Math.floor((bytesPerSecond * kStepMs) / 1000));
  let dueAt = performance.now();
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += step) {
      const part = chunk.subarray(from, from + step);
      yield part;
      // Time that was lost waiting for the reader is not made up for.
      dueAt = Math.max(dueAt, performance.now() - kStepMs) + (part.length * 1000) / bytesPerSecond;
      const wait = dueAt - performance.now();
      if (wait > 0) await setTimeout(wait);
    }
  }
}
