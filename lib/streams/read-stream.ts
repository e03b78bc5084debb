/** The reader's end of a channel as a Node Readable. */
import { Readable, type ReadableOptions } from 'node:stream';
import type { Channel } from '../channel/channel.js';
import type { Endpoint } from '../endpoint/endpoint.js';
import type { Expectation } from '../endpoint/expectations.js';
import { checkBoolean, invalidArgValue } from '../errors/arguments.js';
import { SmipcError } from '../errors/errors.js';
import { later } from '../host/host.js';
import { keepOthers, ownBytes } from '../memory/own-memory.js';
import {
  type MessageOptions,
  type MessageSettings,
  readMessageOptions,
} from '../messages/messages.js';
import { type ChannelOptions, readChannelOptions, type WaitOptions } from '../options/options.js';
import { StreamOpening } from '../sides/channel-side.js';
import { Turn } from '../sides/turn.js';
import { BufferReader, type OnReadOptions, readOnReadOptions } from '../sources/buffer-source.js';
import { ChunkReader, kChunkBytes } from '../sources/chunk-source.js';
import { MessageReader } from '../sources/message-source.js';
import { WholeMessageReader } from '../sources/whole-message-source.js';

/**
 * Options of `createReadStream`: those of the channel, those of messages, and some of Node's own
 * for readable streams. `highWaterMark` is in bytes (default: 256 KiB), or, for messages and
 * objects, their number (default: 16).
 */
export interface ReadStreamOptions
  extends ChannelOptions,
    MessageOptions,
    Pick<ReadableOptions, 'highWaterMark' | 'encoding' | 'emitClose' | 'autoDestroy'> {
  /**
   * Keep each message in the ring until the consumer is done with it, so that the next reader gets
   * it again if this one dies before. Done means: the stream is asked for the next message. In a
   * `for await`, the body has ended by then; a listener of `'data'` has returned without pausing
   * the stream. Needs `resume` and `messages` or `objectMode`, and sets `highWaterMark` to 0.
   * Default: false.
   */
  acknowledge?: boolean | undefined;
  /**
   * Read into one buffer again and again and call a callback, instead of emitting `'data'`, as the
   * option of `net.connect()` does. Faster, since that memory stays in the processor's caches; for
   * consumers that are done with the bytes when the callback returns. The stream reads from the
   * start, unless it is paused, and emits `'end'`, `'error'` and `'close'` as always. Not with
   * `messages`, `objectMode` or `encoding`.
   */
  onread?: OnReadOptions | undefined;
}

/** Not undefined: that is a value that an object stream may carry. */
const kNotYet = Symbol('not yet');

/**
 * A Node Readable that reads a channel. `createReadStream()` returns one.
 *
 * Emits `'connect'` when the writer has opened its end, and `'end'` only if the writer ended its
 * stream. If the writer died or left without an end, the stream is destroyed with `ECONNRESET`,
 * after all bytes that were written have been read.
 *
 * With `resume`, emits `'resumed'` with a `Takeover` when the writer's role is taken over, and when
 * this end has taken over the reader's.
 */
export class ChannelReadStream extends Readable {
  readonly #opening: StreamOpening;
  readonly #settings: MessageSettings;
  readonly #expectation: Expectation = { isActive: false, holdsLoop: false };
  readonly #onread: OnReadOptions | undefined;
  /** One of the three, once the channel is open. */
  #chunks: ChunkReader | undefined;
  #buffers: BufferReader | undefined;
  #messages: MessageReader | WholeMessageReader | undefined;
  readonly #acknowledges: boolean;
  /** Node has called _read, and was not given anything yet. */
  #isWanted = false;
  /** Why there will be no more. */
  #loss: Error | undefined;
  /** Once the channel is open. */
  #turn: Turn | undefined;

  /** @internal */
  static create(name: string, options: ReadStreamOptions): ChannelReadStream {
    return new ChannelReadStream(name, options);
  }

  private constructor(name: string, options: ReadStreamOptions) {
    const settings = readMessageOptions(options);
    const channelSettings = readChannelOptions(name, 'r', options, settings.framing);
    const { highWaterMark, encoding, emitClose, autoDestroy } = options;
    const isMessages = settings.framing !== 'bytes';
    const acknowledges = checkAcknowledge(options, isMessages, channelSettings.resume);
    const onread = readOnReadOptions(options.onread, !isMessages && encoding === undefined);
    const nodeOptions = {
      objectMode: isMessages,
      // Acknowledging: Node must not read ahead.
      highWaterMark: acknowledges ? 0 : (highWaterMark ?? (isMessages ? 16 : kChunkBytes)),
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
    this.#acknowledges = acknowledges;
    this.#onread = onread;
    opening.start(this, (endpoint) => this.#open(endpoint));
    this.on('removeListener', (event) => {
      if (event === 'readable') this.#settleExpectation();
    });
    this.on('newListener', (event) => {
      // It comes before the listener is there. Node does not read for it if a read waits already.
      if (event === 'readable') later(() => this.#settleExpectation());
    });
    // Nobody else asks for the first bytes.
    if (onread !== undefined) this.read(0);
  }

  /** The channel under the stream, for its state; undefined until the role is taken. */
  get channel(): Channel | undefined {
    return this.#opening.channel;
  }

  /** How many bytes this stream has taken out of the ring, including the lengths of messages. */
  get bytesRead(): number {
    return this.#opening.bytesMoved;
  }

  /** True until the writer has opened its end and `'connect'` is emitted. */
  get pending(): boolean {
    return this.#opening.isPending;
  }

  /**
   * Settles once the writer has opened its end, even if it has left again. Rejects with
   * `ETIMEDOUT`, an `AbortError`, the stream's error, or `EBADF` if the stream is destroyed without
   * one.
   */
  waitForPeer(options: WaitOptions = {}): Promise<void> {
    return this.#opening.waitForPeer(options);
  }

  /**
   * With the option `acknowledge`: whether the latest message may have been delivered before, to a
   * reader that left or died before it was done with it.
   */
  get redelivered(): boolean {
    if (!(this.#messages instanceof WholeMessageReader)) return false;
    return this.#messages.isRedelivered(this.#holdsUnseen);
  }

  /**
   * With the option `acknowledge`: says that the consumer is done with the latest message, without
   * asking for the next one. For a reader that is about to leave. A message that is still in the
   * stream's buffer is not affected.
   *
   * @throws SmipcError: `ERR_INVALID_STATE` without the option `acknowledge`
   */
  acknowledge(): void {
    const { endpoint } = this.#opening;
    if (!this.#acknowledges) {
      const fields = { syscall: 'read' as const, channel: this.#opening.name };
      const text = 'acknowledge() needs a stream with the option `acknowledge: true`';
      throw new SmipcError('ERR_INVALID_STATE', text, fields);
    }
    // The one before it was done with when Node asked for the next.
    if (this.#holdsUnseen || endpoint?.state !== 'open') return;
    (this.#messages as WholeMessageReader).acknowledge();
  }

  /** Lets a stream that is being read keep the event loop alive, which is the default. */
  ref(): this {
    this.#opening.ref();
    return this;
  }

  /** Keeps this stream from holding the event loop. */
  unref(): this {
    this.#opening.unref();
    return this;
  }

  /** Whether the stream may keep the event loop alive, as `ref()` and `unref()` set it. */
  hasRef(): boolean {
    return this.#opening.hasRef();
  }

  /** Acknowledging: a message is in Node's buffer, and nobody has seen it. */
  get #holdsUnseen(): boolean {
    return this.readableLength > 0;
  }

  get #holdsMessage(): boolean {
    return this.#messages instanceof WholeMessageReader && this.#messages.holdsOne;
  }

  #open(endpoint: Endpoint): void {
    const { framing, maxMessageSize, lends } = this.#settings;
    if (this.#onread !== undefined) {
      this.#buffers = new BufferReader(endpoint, this.#onread);
    } else if (framing === 'bytes') {
      this.#chunks = new ChunkReader(endpoint);
    } else {
      this.#messages = endpoint.resumable
        ? new WholeMessageReader(endpoint, maxMessageSize, this.#acknowledges, lends)
        : new MessageReader(endpoint, maxMessageSize, lends);
    }
    const turn = new Turn(endpoint);
    this.#turn = turn;
    endpoint.onWake(() => {
      if (turn.isYielding) return;
      turn.begin();
      if (this.#isWanted) this.#deliver();
    });
  }

  override _read(): void {
    // Reading ahead has no meaning there; resume() reads on.
    if (this.#onread !== undefined && this.isPaused()) return;
    this.#want();
    // In the channel's context, whoever reads: Node emits later what is pushed now.
    if (this.#turn?.isYielding !== true) this.#opening.inContext(this.#deliver, this);
  }

  override destroy(error?: Error): this {
    this.#opening.giveUp();
    return super.destroy(error);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#isWanted = false;
    this.#turn?.cancel();
    this.#opening.inContext(() => {
      this.#opening.close(error).then(() => callback(error), callback);
    });
  }

  /** Gives Node its fill, or waits for it. */
  #deliver(): void {
    if (this.#turn === undefined || this.destroyed) return;
    try {
      while (this.#isWanted && this.#deliverOne(this.#turn));
    } finally {
      // What a listener threw is not ours, and does not end the stream.
      this.#settleExpectation();
    }
  }

  /** Node wants more. After a loss there is none, whatever comes behind a message that was bad. */
  #want(): void {
    this.#isWanted = this.#loss === undefined;
  }

  /** There will be no more. */
  #lose(loss: Error): void {
    this.#isWanted = false;
    this.#loss = loss;
    this.#destroyIfLost();
    // Somebody may wait for more than is left: let them look once more, as Node does at the end.
    if (this.readableLength > 0) later(() => this.emit('readable'));
  }

  /** What was read before the loss belongs to the consumer, and destroying would take it away. */
  #destroyIfLost(): void {
    if (this.#loss !== undefined && this.readableLength === 0) this.destroy(this.#loss);
  }

  override read(size?: number): ReturnType<Readable['read']> {
    // Node's own way of reading ahead. Only if the stream flows does it mean that the consumer is
    // done with the message it has.
    if (size === 0 && this.readableFlowing !== true && this.#holdsMessage) return null;
    let chunk: ReturnType<Readable['read']>;
    try {
      chunk = super.read(size);
    } catch (error) {
      this.#listenerThrew();
      throw error;
    }
    // As Node does at the end: what is left comes even if it is less than was asked for.
    if (chunk === null && size !== 0 && this.#loss !== undefined) chunk = super.read();
    this.#destroyIfLost();
    // Node reads when 'readable' has got a listener.
    this.#settleExpectation();
    // A stream that flows is given whole chunks; otherwise Node joins them, or cuts parts off.
    const isWhole = this.#chunks === undefined || this.readableFlowing === true;
    if (isWhole || !(chunk instanceof Uint8Array)) return chunk;
    // It joins small ones in the pool of its own small Buffers.
    if (size === undefined) return ownBytes(chunk);
    keepOthers(chunk);
    return chunk;
  }

  /** False: nothing is there now, or the event loop is to have its turn first. */
  #deliverOne(turn: Turn): boolean {
    if (turn.isOver) {
      this.#yield(turn);
      return false;
    }
    let value: unknown;
    try {
      value = this.#next(turn.bytesLeft);
    } catch (error) {
      this.#lose(error as Error);
      return false;
    }
    // A message may be larger than what one turn takes.
    if (value === kNotYet) return turn.bytesLeft <= 0;
    // Node may call _read again from within push(); so what it wants now is settled before.
    this.#isWanted = false;
    if (value === null) {
      // Nothing is left to be read: the role is free for the next stream before 'end' is emitted.
      void this.#opening.close();
      this.push(null);
      // Nobody reads what would end such a stream.
      if (this.#buffers !== undefined) super.read(0);
    } else if (this.#buffers !== undefined) {
      this.#hand(turn, this.#buffers, value as number);
    } else {
      this.#push(turn, value);
    }
    return true;
  }

  #push(turn: Turn, value: unknown): void {
    let wantsMore = false;
    try {
      wantsMore = this.push(value);
    } catch (error) {
      this.#listenerThrew(turn);
      throw error;
    }
    // Acknowledging: only being asked again says that this one is done with.
    if (wantsMore && !this.#acknowledges) this.#want();
  }

  #hand(turn: Turn, buffers: BufferReader, count: number): void {
    let wantsMore = false;
    try {
      wantsMore = buffers.hand(count);
    } catch (error) {
      this.#listenerThrew(turn);
      throw error;
    }
    if (!wantsMore) this.pause();
    // The callback may have paused it, or destroyed it.
    if (!this.isPaused() && !this.destroyed) this.#want();
  }

  /**
   * A listener of 'data' threw: an uncaught exception, as everywhere. If the process goes on, so
   * does the stream; but acknowledging, the listener is not done with its message, and leaves it to
   * the next reader as the body of a loop does that throws.
   */
  #listenerThrew(turn?: Turn): void {
    if (this.#acknowledges) {
      this.destroy();
    } else if (turn !== undefined) {
      this.#want();
      this.#yield(turn);
    }
  }

  /** null: the end. */
  #next(mostBytes: number): unknown {
    if (this.#buffers !== undefined) {
      const count = this.#buffers.next(mostBytes);
      return count === undefined ? kNotYet : count;
    }
    if (this.#messages !== undefined) {
      const message = this.#messages.next(mostBytes);
      if (message === undefined) return kNotYet;
      return message === null ? null : this.#valueOf(message);
    }
    // Never more than a highWaterMark in all: the rest is better off in the ring. (Node also calls
    // _read right before it takes what is buffered; then a highWaterMark may come. But a stream
    // that flows takes one chunk of it, and its listener may pause.)
    const { readableHighWaterMark, readableLength } = this;
    const room = readableHighWaterMark - readableLength;
    if (room <= 0 && readableLength > 0 && this.readableFlowing === true) {
      later(() => this.#deliver());
      return kNotYet;
    }
    const chunk = this.#chunks?.next((room > 0 ? room : readableHighWaterMark) || kChunkBytes);
    return chunk === undefined ? kNotYet : chunk;
  }

  #valueOf(message: Uint8Array): unknown {
    if (this.#settings.framing !== 'objects') return message;
    let cause: unknown;
    try {
      const value = this.#settings.serializer.deserialize(message);
      if (value !== null) return value;
      cause = new TypeError(
        'The serializer returned null, which Node takes for the end of the stream',
      );
    } catch (error) {
      cause = error;
    }
    const fields = { syscall: 'read' as const, channel: this.#opening.name, cause };
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    throw new SmipcError('ERR_SMIPC_CORRUPT', `a message cannot be deserialized${why}`, fields);
  }

  /** After a pause; later, as Node resumes. */
  #readOn(turn: Turn): void {
    this.#want();
    this.#yield(turn);
  }

  #yield(turn: Turn): void {
    turn.yield(() => {
      if (this.#isWanted) this.#deliver();
    });
  }

  // --- what keeps the event loop alive -----------------------------------------------------------

  /** Nobody waits for a stream that does not flow, and whose 'readable' nobody listens to. */
  #settleExpectation(): void {
    const { endpoint } = this.#opening;
    if (endpoint?.state !== 'open') return;
    const isActive = this.#isWanted;
    const isAwaited =
      this.readableFlowing === true ||
      this.listenerCount('readable') > 0 ||
      this.#buffers !== undefined;
    const holdsLoop = isActive && isAwaited;
    if (isActive === this.#expectation.isActive && holdsLoop === this.#expectation.holdsLoop)
      return;
    this.#expectation.isActive = isActive;
    this.#expectation.holdsLoop = holdsLoop;
    endpoint.expect(this.#expectation);
  }

  override pause(): this {
    super.pause();
    if (this.#onread !== undefined) this.#isWanted = false;
    this.#settleExpectation();
    return this;
  }

  override resume(): this {
    // 'data' is emitted later, in the channel's context, whoever resumes.
    this.#opening.inContext(this.#resume, this);
    return this;
  }

  #resume(): void {
    super.resume();
    // Node has asked already, and will not ask again before it is given something.
    if (this.#turn !== undefined && this.#onread !== undefined) this.#readOn(this.#turn);
    this.#settleExpectation();
  }
}

function checkAcknowledge(
  { acknowledge = false, highWaterMark }: ReadStreamOptions,
  isMessages: boolean,
  resume: boolean,
): boolean {
  checkBoolean('options.acknowledge', acknowledge);
  if (!acknowledge) return false;
  if (!resume || !isMessages) {
    const needs = 'needs resume: true, and objectMode: true or messages: true';
    throw invalidArgValue('options.acknowledge', needs, acknowledge);
  }
  if (highWaterMark !== undefined && highWaterMark !== 0) {
    throw invalidArgValue(
      'options.highWaterMark',
      'must be 0 with acknowledge: true',
      highWaterMark,
    );
  }
  return true;
}

/**
 * Opens the reader's end of a channel as a Node stream, and creates the channel if it does not
 * exist. Never waits for the writer.
 *
 * Bad arguments are thrown as `TypeError` or `RangeError`. All other failures are emitted as
 * `'error'`. Opening: `EBUSY` (with the holder's `pid`), `ENOENT`, `EEXIST`, `EACCES`, `ENOSPC`,
 * `ENOMEM`, `EMFILE`, `ERR_SMIPC_DIRECTORY`, `ERR_SMIPC_INCOMPATIBLE`, `ERR_SMIPC_CORRUPT`,
 * `ERR_SMIPC_ADDON`, and others that `SmipcError` lists. Reading: `ECONNRESET` (with `peer`),
 * `ERR_SMIPC_CORRUPT`, `ERR_SMIPC_MESSAGE_TOO_LARGE`, and `ERR_INVALID_STATE` if the buffer of
 * `onread` has lost its memory. An `AbortError` if `signal` is aborted.
 */
export function createReadStream(name: string, options: ReadStreamOptions = {}): ChannelReadStream {
  return ChannelReadStream.create(name, options);
}
