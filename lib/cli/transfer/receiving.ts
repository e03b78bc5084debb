/** From a channel of bytes to an output. */
import { Buffer } from 'node:buffer';
import type { Channel } from '../../index.js';
import type { Output } from './output.js';
import type { Pace } from './pace.js';

/** A share of the ring, so that the writer has space for more while this is written. */
const kShare = 4;

/**
 * Bytes are taken out of the ring when they have been written, so a reader that is killed loses none.
 * They are written from the ring itself, if the output waits for nobody. Otherwise they are copied:
 * a view of the ring does not outlive the call that lends it.
 */
export class Receiving {
  readonly #channel: Channel;
  readonly #output: Output;
  readonly #pace: Pace;
  readonly #stopping = new AbortController();
  readonly #most: number;
  readonly #memory: Buffer | undefined;
  /** That were written so far. */
  bytes = 0;

  constructor(channel: Channel, output: Output, pace: Pace) {
    this.#channel = channel;
    this.#output = output;
    this.#pace = pace;
    this.#most = Math.min(pace.step, channel.capacity / kShare);
    if (output.writeNow === undefined) this.#memory = Buffer.allocUnsafeSlow(this.#most);
    output.onError = () => this.stop();
  }

  /** Settles at the end of the stream, or once it is stopped. @throws what went wrong with either */
  async done(): Promise<void> {
    try {
      await this.#moveAll();
    } catch (error) {
      if (!this.isStopped) throw error;
    }
    // Its failure has stopped this.
    if (this.#output.failure !== undefined) throw this.#output.failure;
  }

  get isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** What is being written is written to its end. */
  stop(): void {
    this.#stopping.abort();
    this.#pace.stop();
  }

  async #moveAll(): Promise<void> {
    for (;;) {
      const count = await this.#next();
      if (count === 0) return;
      this.bytes += count;
      await this.#pace.moved(count);
    }
  }

  /** 0: at the end. */
  #next(): Promise<number> {
    const { signal } = this.#stopping;
    const memory = this.#memory;
    if (memory !== undefined) return this.#copyNext(memory);
    return this.#channel.peek((view) => this.#output.writeNow?.(this.#part(view)) ?? 0, { signal });
  }

  async #copyNext(memory: Buffer): Promise<number> {
    const { signal } = this.#stopping;
    let count = 0;
    const copy = (view: Buffer): number => {
      count = this.#part(view).copy(memory);
      return 0;
    };
    await this.#channel.peek(copy, { signal });
    if (count === 0) return 0;
    await this.#output.write(memory.subarray(0, count));
    await this.#output.flush();
    this.#channel.tryPeek(() => count);
    return count;
  }

  #part(view: Buffer): Buffer {
    return view.subarray(0, this.#most);
  }
}
