/** A reader's end as a Readable. */
import { Readable, type ReadableOptions } from 'node:stream';
import type { Channel } from './channel.js';
import { ChunkReader, kChunkBytes } from './chunk-reader.js';
import type { Endpoint } from './endpoint.js';
import type { Expectation } from './expectations.js';
import { MessageReader } from './message-reader.js';
import { type MessageOptions, type MessageSettings, readMessageOptions } from './messages.js';
import { type ChannelOptions, readChannelOptions, type WaitOptions } from './options.js';
import { StreamOpening } from './stream-opening.js';

/** Options of `createReadStream`: a channel's, messages', and Node's own for readable streams. */
export interface ReadStreamOptions
  extends ChannelOptions,
    MessageOptions,
    Pick<ReadableOptions, 'highWaterMark' | 'encoding' | 'emitClose' | 'autoDestroy'> {}

/**
 * After so many bytes or messages that were there without waiting, the event loop gets its turn: else
 * a writer that is always faster would keep timers and sockets from being served.
 */
const kMostBytesATurn = 4 * 1024 * 1024;
const kMostMessagesATurn = 1024;

/** Not undefined: that is a value that an object stream may carry. */
const kNotYet = Symbol('not yet');

export interface ChannelReadStreamEvents {
  connect: [];
}

/**
 * Reads a channel. Made by `createReadStream()`.
 *
 * Emits `'connect'` when the writer is there (at once if it is there already, or has been). `'end'`
 * comes only if the writer ended; if it aborted or died, the stream is destroyed with `ECONNRESET`
 * after every byte that was published.
 */
export class ChannelReadStream extends Readable {
  readonly #opening: StreamOpening;
  readonly #settings: MessageSettings;
  readonly #expectation: Expectation = { isActive: false, holdsLoop: false };
  readonly #mostATurn: number;
  /** One of the two, once the channel is open. */
  #chunks: ChunkReader | undefined;
  #messages: MessageReader | undefined;
  /** Node has called _read, and was not given anything yet. */
  #isWanted = false;
  /** Why there will be no more. */
  #loss: Error | undefined;
  /** Bytes or messages delivered since the event loop last had its turn. */
  #delivered = 0;
  #turn: NodeJS.Immediate | undefined;

  /** @internal Use `createReadStream()`. */
  constructor(name: string, options: ReadStreamOptions = {}) {
    const settings = readMessageOptions(options);
    const channelSettings = readChannelOptions(name, 'r', options, settings.framing);
    const { highWaterMark, encoding, emitClose, autoDestroy } = options;
    const isMessages = settings.framing !== 'bytes';
    const nodeOptions = {
      objectMode: isMessages,
      highWaterMark: highWaterMark ?? (isMessages ? 16 : kChunkBytes),
      ...(encoding === undefined ? {} : { encoding }),
      ...(emitClose === undefined ? {} : { emitClose }),
      ...(autoDestroy === undefined ? {} : { autoDestroy }),
    };
    // Node checks its own options, before a role is taken.
    new Readable(nodeOptions);
    const opening = new StreamOpening(channelSettings);
    super({ ...nodeOptions, ...opening.streamOptions() });
    this.#opening = opening;
    this.#settings = settings;
    this.#mostATurn = isMessages ? kMostMessagesATurn : kMostBytesATurn;
    opening.start(this, (endpoint) => this.#open(endpoint));
    this.on('removeListener', (event) => {
      if (event === 'readable') this.#settleExpectation();
    });
  }

  /** The channel under the stream; undefined until its role is taken. */
  get channel(): Channel | undefined {
    return this.#opening.channel;
  }

  /** Bytes taken out of the ring. */
  get bytesRead(): number {
    return this.#opening.bytesMoved;
  }

  /** Whether the writer has not been seen yet: until `'connect'`. */
  get pending(): boolean {
    return this.#opening.isPending;
  }

  /** Settles when the writer has been there. */
  waitForPeer(options: WaitOptions = {}): Promise<void> {
    return this.#opening.waitForPeer(options);
  }

  /** A reader that is awaited keeps the event loop alive (the default). */
  ref(): this {
    this.#opening.ref();
    return this;
  }

  /** This stream never keeps the event loop alive. */
  unref(): this {
    this.#opening.unref();
    return this;
  }

  hasRef(): boolean {
    return this.#opening.hasRef();
  }

  #open(endpoint: Endpoint): void {
    if (this.#settings.framing === 'bytes') {
      this.#chunks = new ChunkReader(endpoint);
    } else {
      this.#messages = new MessageReader(endpoint, this.#settings.maxMessageSize);
    }
    endpoint.onWake(() => {
      this.#delivered = 0;
      if (this.#isWanted) this.#deliver();
    });
  }

  override _read(): void {
    this.#isWanted = true;
    if (this.#turn === undefined) this.#deliver();
  }

  override destroy(error?: Error): this {
    this.#opening.giveUp();
    return super.destroy(error);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#isWanted = false;
    if (this.#turn !== undefined) clearImmediate(this.#turn);
    this.#opening.close(error).then(() => callback(error), callback);
  }

  /** Gives Node its fill, or waits for it. */
  #deliver(): void {
    const { endpoint } = this.#opening;
    if (endpoint === undefined || this.destroyed) return;
    try {
      while (this.#isWanted && this.#deliverOne());
    } catch (error) {
      this.#isWanted = false;
      this.#loss = error as Error;
      this.#destroyIfLost();
    }
    this.#settleExpectation(endpoint);
  }

  /** What was read before the loss belongs to the consumer, and destroying would take it away. */
  #destroyIfLost(): void {
    if (this.#loss !== undefined && this.readableLength === 0) this.destroy(this.#loss);
  }

  override read(size?: number): ReturnType<Readable['read']> {
    const chunk = super.read(size);
    this.#destroyIfLost();
    // Node reads when 'readable' has got a listener.
    this.#settleExpectation();
    return chunk;
  }

  /** False: nothing is there now, or the event loop is to have its turn first. */
  #deliverOne(): boolean {
    if (this.#delivered >= this.#mostATurn) {
      this.#takeTurn();
      return false;
    }
    const value = this.#next();
    if (value === kNotYet) return false;
    // Node may call _read again from within push(); so what it wants now is settled before.
    this.#isWanted = false;
    if (value === null) {
      // Nothing is left to be read: the role is free for the next stream before 'end' is emitted.
      void this.#opening.close();
      this.push(null);
    } else if (this.push(value)) {
      this.#isWanted = true;
    }
    return true;
  }

  /** null: the end. */
  #next(): unknown {
    if (this.#messages !== undefined) {
      const message = this.#messages.next();
      if (message === undefined) return kNotYet;
      if (message === null) return null;
      this.#delivered += 1;
      return this.#valueOf(message);
    }
    // Never more than a highWaterMark in all: the rest is better off in the ring. (Node also calls
    // _read right before it takes what is buffered; then a highWaterMark may come.)
    const { readableHighWaterMark, readableLength } = this;
    const room = readableHighWaterMark - readableLength;
    const chunk = this.#chunks?.next((room > 0 ? room : readableHighWaterMark) || kChunkBytes);
    if (chunk === undefined) return kNotYet;
    this.#delivered += chunk?.length ?? 0;
    return chunk;
  }

  #valueOf(message: Uint8Array): unknown {
    if (this.#settings.framing !== 'objects') return message;
    const value = this.#settings.serializer.deserialize(message);
    if (value === null) throw new TypeError('The serializer made null, which is no message');
    return value;
  }

  #takeTurn(): void {
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      this.#delivered = 0;
      if (this.#isWanted) this.#deliver();
    });
  }

  // --- what keeps the event loop alive ------------------------------------------------------------

  /** Nobody waits for a stream that does not flow, and whose 'readable' nobody listens to. */
  #settleExpectation(endpoint: Endpoint | undefined = this.#opening.endpoint): void {
    if (endpoint?.state !== 'open') return;
    const isActive = this.#isWanted;
    const isAwaited = this.readableFlowing === true || this.listenerCount('readable') > 0;
    const holdsLoop = isActive && isAwaited;
    if (isActive === this.#expectation.isActive && holdsLoop === this.#expectation.holdsLoop)
      return;
    this.#expectation.isActive = isActive;
    this.#expectation.holdsLoop = holdsLoop;
    endpoint.expect(this.#expectation);
  }

  override pause(): this {
    super.pause();
    this.#settleExpectation();
    return this;
  }

  override resume(): this {
    super.resume();
    this.#settleExpectation();
    return this;
  }
}

/**
 * Opens the reader's end of a channel as a stream, making the channel if it is not there. Never waits
 * for the writer.
 *
 * Bad arguments are thrown as `TypeError` or `RangeError`; whatever else fails is emitted as
 * `'error'`: `EBUSY` (with the holder's `pid`), `ENOENT`, `EEXIST`, `EACCES`, `ENOSPC`,
 * `ERR_SMIPC_INCOMPATIBLE`, `ERR_SMIPC_CORRUPT`, …
 */
export function createReadStream(name: string, options: ReadStreamOptions = {}): ChannelReadStream {
  return new ChannelReadStream(name, options);
}
