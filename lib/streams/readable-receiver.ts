/**
 * What a reader's side and a Node Readable ask of each other. A stream of its own class has one, and
 * overrides Node's methods with a call of the method here that has the same name.
 */
import { Readable } from 'node:stream';
import { later } from '../host/host.js';
import { isBytes } from '../memory/bytes.js';
import { keepOthers, ownBytes } from '../memory/own-memory.js';
import type { ReaderSide, Receiver } from '../sides/reader-side.js';
import { kChunkBytes } from '../sources/chunk-source.js';
import { Reuse } from '../sources/source.js';
import { StreamOwner } from './stream-owner.js';

type Chunk = ReturnType<Readable['read']>;

const { pipe, read, pause, resume } = Readable.prototype;

export class ReadableReceiver extends StreamOwner<Readable> implements Receiver {
  readonly #side: ReaderSide;
  /** The consumer was given something, and has not asked for the next. */
  #isServed = false;
  /** The consumer has asked before the role was taken. */
  #isAskedFor = false;
  /** A destination may keep chunks. */
  #isPiped = false;
  /** read() is at work. */
  #isReading = false;
  /** Node has taken a chunk out of its buffer, and nobody has been given it. */
  #isInHand = false;

  constructor(stream: Readable, side: ReaderSide) {
    super(stream);
    this.#side = side;
  }

  readonly #onRemoved = (event: string | symbol): void => {
    if (event === 'readable') this.#side.settleExpectation();
  };

  readonly #onAdded = (event: string | symbol): void => {
    // It comes before the listener is there. Node does not read for it if a read waits already.
    if (event === 'readable') later(() => this.#side.settleExpectation());
  };

  /** In the stream's constructor, after Side.start(). */
  begin(): void {
    const { stream } = this;
    stream.on('removeListener', this.#onRemoved);
    stream.on('newListener', this.#onAdded);
    // Nothing else asks for the first bytes.
    if (this.#side.hasCallback) stream.read(0);
  }

  /** For a stream that is used again, with another receiver. */
  detach(): void {
    this.stream.off('removeListener', this.#onRemoved);
    this.stream.off('newListener', this.#onAdded);
  }

  // --- what the side asks ------------------------------------------------------------------------

  override constructed(): void {
    // With a highWaterMark of 0 Node does not read now. Who has asked meanwhile would wait for ever.
    const { stream } = this;
    const isAskedFor = this.#isAskedFor || stream.listenerCount('readable') > 0;
    if (isAskedFor && stream.readableFlowing !== true) stream.read(0);
  }

  take(value: unknown): boolean {
    // A stream that flows gives it to the consumer at once, who may pause it then.
    const { stream } = this;
    const wasFlowing = stream.readableFlowing === true;
    if (wasFlowing) this.#isServed = true;
    const wantsMore = stream.push(value);
    if (!this.#side.reuses) return wantsMore;
    // Who has paused is at work on it.
    const isHeld = wasFlowing && stream.readableFlowing !== true;
    return wantsMore && !isHeld;
  }

  askReuse(): Reuse {
    if (this.#isPiped) return Reuse.Never;
    const { stream } = this;
    const isAskedFor = stream.readableFlowing === true || !this.#isServed;
    const isGiven = stream.readableLength === 0 && !this.#isInHand;
    return isAskedFor && isGiven ? Reuse.Emptied : Reuse.NotYet;
  }

  takeEnd(): void {
    this.stream.push(null);
    // With a callback nothing is ever read, which is what would end the stream.
    if (this.#side.hasCallback) this.stream.read(0);
  }

  takeLeave(): void {
    this.stream.push(null);
    // Nothing is buffered. A consumer that has never asked, or does not ask again, gets its end.
    this.stream.read(0);
  }

  takeLoss(): void {
    this.#destroyIfLost();
    // A consumer may wait for more than is left: it is told to look again, as Node does at the end.
    if (this.stream.readableLength > 0) later(() => this.stream.emit('readable'));
  }

  /** At most a highWaterMark in all. */
  get room(): number {
    const { readableHighWaterMark, readableLength } = this.stream;
    const room = readableHighWaterMark - readableLength;
    if (room > 0) return room;
    // A stream that flows takes one chunk of what is buffered, and its listener may pause then.
    if (readableLength > 0 && this.stream.readableFlowing === true) return 0;
    // Node also asks right before it takes what is buffered; then a highWaterMark may come.
    return readableHighWaterMark || kChunkBytes;
  }

  get isDone(): boolean {
    const { stream } = this;
    if (stream.readableLength > 0) return false;
    if (this.#side.hasCallback) return !stream.isPaused();
    return stream.readableFlowing === true || !this.#isServed;
  }

  /** A stream that does not flow, and has no listener of 'readable', is not waited for. */
  get isAwaited(): boolean {
    const { stream } = this;
    return (
      stream.readableFlowing === true ||
      stream.listenerCount('readable') > 0 ||
      this.#side.hasCallback
    );
  }

  get isPaused(): boolean {
    return this.stream.isPaused();
  }

  pauseStream(): void {
    this.stream.pause();
  }

  abandon(): void {
    this.stream.destroy();
  }

  /** What was read before the loss belongs to the consumer, and destroying would take it away. */
  #destroyIfLost(): void {
    const { loss } = this.#side;
    if (loss !== undefined && this.stream.readableLength === 0) this.fail(loss);
  }

  /** Everything has been handed out, and there will be no more. */
  protected fail(loss: Error): void {
    this.stream.destroy(loss);
  }

  /** The consumer is done with what it was given, although it has not asked for the next. */
  acknowledged(): void {
    this.#isServed = false;
    this.#side.goOnLeaving();
  }

  // --- Node's methods, and what a channel must know of them --------------------------------------

  _read(): void {
    // Reading ahead has no meaning with a callback; resume() reads on.
    if (this.#side.hasCallback && this.stream.isPaused()) return;
    // Outside read() it is Node 26 that asks, right before it emits what it has taken.
    this.#isInHand = !this.#isReading;
    try {
      this.#side.request();
    } finally {
      this.#isInHand = false;
    }
  }

  read(size?: number): Chunk {
    const { stream } = this;
    // Node's own way of reading ahead. Only if the stream flows does it mean that the consumer is
    // done with the message it has.
    if (size === 0 && stream.readableFlowing !== true && this.#side.holdsMessage) return null;
    if (size !== 0) {
      this.#isServed = false;
      this.#side.goOnLeaving();
    }
    let chunk: Chunk;
    const wasReading = this.#isReading;
    this.#isReading = true;
    try {
      // A size means nothing to messages, but would raise the highWaterMark: Node would then ask
      // for the next one before it has given away the one that it has.
      chunk = read.call(stream, this.#side.acknowledges && size !== 0 ? undefined : size);
    } catch (error) {
      this.#side.listenerThrew();
      throw error;
    } finally {
      this.#isReading = wasReading;
    }
    // As Node does at the end: what is left comes even if it is less than was asked for. All of it,
    // hence the length: without one, Node 26 gives one chunk.
    const { readableLength } = stream;
    if (chunk === null && size !== 0 && readableLength > 0 && this.#side.loss !== undefined) {
      chunk = read.call(stream, readableLength);
    }
    if (chunk !== null) this.#isServed = true;
    else if (size !== 0 && this.#side.end === undefined) this.#isAskedFor = true;
    this.#destroyIfLost();
    // Node reads when 'readable' has got a listener.
    this.#side.settleExpectation();
    return this.#owned(chunk, size);
  }

  /** A chunk in memory that is the consumer's alone. */
  #owned(chunk: Chunk, size: number | undefined): Chunk {
    // A stream that flows is given whole chunks, and in Node 26 not through read(); otherwise Node
    // joins them (before 26, or if that many bytes are asked for), or cuts parts off.
    const isWhole =
      !this.#side.isOfChunks || this.#side.reuses || this.stream.readableFlowing === true;
    if (isWhole || !isBytes(chunk)) return chunk;
    // It joins small ones in the pool of its own small Buffers.
    if (size === undefined) return ownBytes(chunk);
    keepOthers(chunk);
    return chunk;
  }

  pipe<Destination extends NodeJS.WritableStream>(
    destination: Destination,
    options: { end?: boolean | undefined } | undefined,
  ): Destination {
    this.#isPiped = true;
    return pipe.call(this.stream, destination, options) as Destination;
  }

  pause(): void {
    pause.call(this.stream);
    if (this.#side.hasCallback) this.#side.withdraw();
    this.#side.settleExpectation();
  }

  resume(): void {
    // 'data' is emitted later, in the channel's context, not in that of the call.
    this.#side.inContext(this.#resume, this);
  }

  #resume(): void {
    resume.call(this.stream);
    // Node has asked already, and will not ask again before it is given something.
    if (this.#side.hasCallback) this.#side.requestLater();
    this.#side.settleExpectation();
  }
}
