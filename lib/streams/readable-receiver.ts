/** What a reader's side asks of a Node Readable. */
import type { Readable } from 'node:stream';
import { later } from '../host/host.js';
import type { Receiver } from '../sides/reader-side.js';
import { kChunkBytes } from '../sources/chunk-source.js';
import { StreamOwner } from './stream-owner.js';

export class ReadableReceiver extends StreamOwner<Readable> implements Receiver {
  /** Whether bytes go to the callback of `onread`. */
  readonly #hasCallback: boolean;
  #loss: Error | undefined;

  constructor(stream: Readable, hasCallback: boolean) {
    super(stream);
    this.#hasCallback = hasCallback;
  }

  take(value: unknown): boolean {
    return this.stream.push(value);
  }

  takeEnd(): void {
    this.stream.push(null);
    // Nobody reads what would end such a stream.
    if (this.#hasCallback) this.stream.read(0);
  }

  takeLoss(loss: Error): void {
    this.#loss = loss;
    this.destroyIfLost();
    // A consumer may wait for more than is left: it is told to look again, as Node does at the end.
    if (this.stream.readableLength > 0) later(() => this.stream.emit('readable'));
  }

  /** What was read before the loss belongs to the consumer, and destroying would take it away. */
  destroyIfLost(): void {
    if (this.#loss !== undefined && this.stream.readableLength === 0) this.abandon(this.#loss);
  }

  /** At most a highWaterMark in all. */
  get room(): number {
    const { readableHighWaterMark, readableLength, readableFlowing } = this.stream;
    const room = readableHighWaterMark - readableLength;
    if (room > 0) return room;
    // A stream that flows takes one chunk of what is buffered, and its listener may pause then.
    if (readableLength > 0 && readableFlowing === true) return 0;
    // Node also asks right before it takes what is buffered; then a highWaterMark may come.
    return readableHighWaterMark || kChunkBytes;
  }

  /** Nobody waits for a stream that does not flow, and whose 'readable' nobody listens to. */
  get isAwaited(): boolean {
    const { stream } = this;
    return (
      stream.readableFlowing === true || stream.listenerCount('readable') > 0 || this.#hasCallback
    );
  }

  get isPaused(): boolean {
    return this.stream.isPaused();
  }

  pause(): void {
    this.stream.pause();
  }

  abandon(error?: Error): void {
    this.stream.destroy(error);
  }
}
