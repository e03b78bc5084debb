/** `--rate-limit`: so many bytes a second, in small steps, so that the stream stays even. */
import type { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { Transform, type TransformCallback } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

/** The longest pause between two steps. */
const kStepMs = 50;

export class RateLimit {
  readonly #bytesPerSecond: number;
  readonly #step: number;
  #dueAt = performance.now();

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#step = Math.max(1, Math.floor((bytesPerSecond * kStepMs) / 1000));
  }

  /** Parts of a chunk, each when it is due. */
  async *pace(chunk: Buffer): AsyncGenerator<Buffer> {
    for (let from = 0; from < chunk.length; from += this.#step) {
      const part = chunk.subarray(from, from + this.#step);
      const wait = this.#dueAt - performance.now();
      if (wait > 0) await setTimeout(wait);
      yield part;
      // Time that was lost waiting for the peer is not made up for.
      this.#dueAt =
        Math.max(this.#dueAt, performance.now() - kStepMs) +
        (part.length * 1000) / this.#bytesPerSecond;
    }
  }

  /** A stream that lets chunks through as they are due. */
  stream(): Transform {
    const transform = async (target: Transform, chunk: Buffer): Promise<void> => {
      for await (const part of this.pace(chunk)) {
        if (target.destroyed) return;
        target.push(part);
      }
    };
    return new Transform({
      objectMode: true,
      highWaterMark: 1,
      transform(chunk: Buffer, _encoding, callback: TransformCallback) {
        transform(this, chunk).then(() => callback(), callback);
      },
    });
  }
}
