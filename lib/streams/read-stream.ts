/** The reader's end of a channel as a Node Readable. */
import type { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import type { Channel } from '../channel/channel.js';
import { openerOf } from '../endpoint/opening.js';
import { checkBoolean, invalidArgValue } from '../errors/arguments.js';
import { SmipcError } from '../errors/errors.js';
import { readMessageOptions } from '../messages/messages.js';
import { readChannelOptions, type WaitOptions } from '../options/options.js';
import { ReaderSide } from '../sides/reader-side.js';
import { readOnReadOptions } from '../sources/buffer-source.js';
import { kChunkBytes } from '../sources/chunk-source.js';
import { ReadableReceiver } from './readable-receiver.js';
import type { ReadStreamEvents } from './stream-events.js';
import type {
  ByteReadStreamOptions,
  ObjectReadStreamOptions,
  ReadStreamOptions,
  TextReadStreamOptions,
} from './stream-options.js';
import { constructOption, destroyOnAbort, optional } from './stream-owner.js';
import { TypedReadable } from './typed-readable.js';

/** How many messages Node reads ahead, unless `highWaterMark` says otherwise. */
const kMessagesAhead = 16;

/**
 * A Node Readable that reads a channel. `createReadStream()` returns one. `T` is the type of a
 * chunk, a message or an object.
 *
 * Emits `'open'` when it has taken its role, `'connect'` when the writer has opened its end, and
 * `'end'` only if the writer ended its stream. If the writer died or left without an end, the stream
 * is destroyed with `ECONNRESET`, after all bytes that were written have been read.
 *
 * Emits `'refused'` with a `Refusal` when an opener was turned away because it wanted another
 * framing or another `resume`.
 *
 * With `resume`, emits `'disconnect'` with a `Departure` when the writer has left or died without an
 * end and its successor is waited for, and `'resumed'` with a `Takeover` when the writer's role is
 * taken over, and when this end has taken over the reader's.
 */
// biome-ignore lint/suspicious/noExplicitAny: as in Node's streams, what is not said is not checked
export class ChannelReadStream<out T = any> extends TypedReadable<
  T,
  ReadStreamEvents<T>,
  ChannelReadStream<string>
> {
  readonly #side: ReaderSide;
  readonly #receiver: ReadableReceiver;

  /** @internal */
  static create<T>(name: string, options: ReadStreamOptions): ChannelReadStream<T> {
    return new ChannelReadStream(name, options);
  }

  private constructor(name: string, options: ReadStreamOptions) {
    const messages = readMessageOptions(options);
    const channel = readChannelOptions(name, 'r', options, messages.framing);
    const { highWaterMark, encoding, emitClose, autoDestroy } = options;
    const isMessages = messages.framing !== 'bytes';
    const acknowledges = checkAcknowledge(options, isMessages, channel.resume);
    const reuses = checkReuse(options);
    const onread = readOnReadOptions(options.onread, !isMessages && encoding === undefined);
    const nodeOptions = {
      objectMode: isMessages,
      // The consumer says that it is done with one by asking for the next: Node must not read ahead.
      highWaterMark:
        acknowledges || reuses ? 0 : (highWaterMark ?? (isMessages ? kMessagesAhead : kChunkBytes)),
      ...(encoding === undefined ? {} : { encoding }),
      ...(emitClose === undefined ? {} : { emitClose }),
      ...(autoDestroy === undefined ? {} : { autoDestroy }),
    };
    // Node checks its own options, before a role is taken.
    new Readable(nodeOptions);
    const side = new ReaderSide(openerOf(channel), {
      ...messages,
      acknowledges,
      reuses,
      onread,
    });
    super({ ...nodeOptions, ...constructOption(side) });
    this.#side = side;
    this.#receiver = new ReadableReceiver(this, side);
    side.start(this.#receiver);
    destroyOnAbort(this, channel.signal);
    this.#receiver.begin();
  }

  /** The channel under the stream, for its state; undefined until the role is taken. */
  get channel(): Channel | undefined {
    return this.#side.channel;
  }

  /** How many bytes this stream has taken out of the ring, including the lengths of messages. */
  get bytesRead(): number {
    return this.#side.bytesMoved;
  }

  /** True until the writer has opened its end and `'connect'` is emitted. */
  get pending(): boolean {
    return this.#side.isPending;
  }

  /**
   * Settles with the channel under the stream once the role is taken: at once, unless another owner
   * holds it (`wait`) or is just ending (`resume`). Rejects with `ETIMEDOUT`, an `AbortError`, the
   * stream's error, or `EBADF` if the stream is destroyed, or has left, without one.
   */
  opened(options: WaitOptions = {}): Promise<Channel> {
    return this.#side.openedChannel(options);
  }

  /**
   * Settles once the writer has opened its end, even if it has left again. Rejects with
   * `ETIMEDOUT`, an `AbortError`, the stream's error, or `EBADF` if the stream is destroyed without
   * one.
   */
  waitForPeer(options: WaitOptions = {}): Promise<void> {
    return this.#side.waitForPeer(options);
  }

  /**
   * With the option `acknowledge`: whether the latest message may have been delivered before, to a
   * reader that left or died before it was done with it.
   */
  get redelivered(): boolean {
    return this.#side.isRedelivered(this.#holdsUnseen);
  }

  /**
   * With the option `acknowledge`: says that the consumer is done with the latest message, without
   * asking for the next one. A message that is still in the stream's buffer is not affected.
   *
   * @returns true: the message will not come again; false: it was acknowledged before, or there has
   *   been none
   * @throws SmipcError: `ERR_STREAM_DESTROYED` if the stream was destroyed before the message was
   *   acknowledged, so that the next reader gets it; `ERR_INVALID_STATE` without the option
   *   `acknowledge`
   */
  acknowledge(): boolean {
    if (!this.#side.acknowledges) {
      const fields = { syscall: 'read' as const, channel: this.#side.name };
      const text = 'acknowledge() needs a stream with the option `acknowledge: true`';
      throw new SmipcError('ERR_INVALID_STATE', text, fields);
    }
    // The one before it was done with when Node asked for the next.
    if (this.#holdsUnseen) return false;
    if (this.destroyed && this.#side.holdsMessage) {
      const fields = { syscall: 'read' as const, channel: this.#side.name };
      const text = 'the stream was destroyed before the message was acknowledged: it comes again';
      throw new SmipcError('ERR_STREAM_DESTROYED', text, fields);
    }
    const wasThere = this.#side.acknowledge();
    if (wasThere) this.#receiver.acknowledged();
    return wasThere;
  }

  /**
   * Leaves the channel, in the middle of its stream: for a reader that stops, or restarts. No
   * message is handed out that is not out of the ring yet; the stream ends (`'end'`, not an error)
   * once the consumer asks for the next one, or at once if it is waiting. A `for await` loop ends
   * when its body is done, and a message that its body is at work on is acknowledged then
   * (`acknowledge`).
   *
   * What happens to the writer is what happens whenever a reader leaves: with `resume` it waits for
   * the next reader, otherwise it gets `EPIPE`.
   *
   * Settles when this end has left, and the next reader can come. What was handed out is done with
   * then, unless the stream was destroyed meanwhile (a loop that breaks does that, too): a message
   * that is not acknowledged comes again. A stream that was given something and is not asked again,
   * because it stays paused, does not leave: `acknowledge()`, `resume()` or `destroy()` it. Rejects
   * with the stream's error if it fails before; with `ETIMEDOUT` or an `AbortError` if the wait
   * ends, which changes nothing for the stream. A rejection need not be handled.
   */
  leave(options: WaitOptions = {}): Promise<void> {
    return optional(this.#side.leave(options));
  }

  /** Lets a stream that is being read keep the event loop alive, which is the default. */
  ref(): this {
    this.#side.ref();
    return this;
  }

  /** Keeps this stream from holding the event loop. */
  unref(): this {
    this.#side.unref();
    return this;
  }

  /** Whether the stream may keep the event loop alive, as `ref()` and `unref()` set it. */
  hasRef(): boolean {
    return this.#side.hasRef();
  }

  /** Acknowledging: a message is in Node's buffer, and the consumer has not seen it. */
  get #holdsUnseen(): boolean {
    return this.readableLength > 0;
  }

  // --- Node's methods: see ReadableReceiver --------------------------------------------------------

  override _read(): void {
    this.#receiver._read();
  }

  override read(this: never): string | Buffer;
  override read(size?: number): T | null;
  override read(size?: number): ReturnType<Readable['read']> {
    return this.#receiver.read(size);
  }

  override pipe<Destination extends NodeJS.WritableStream>(
    destination: Destination,
    options?: { end?: boolean | undefined },
  ): Destination {
    return this.#receiver.pipe(destination, options);
  }

  override pause(): this {
    this.#receiver.pause();
    return this;
  }

  override resume(): this {
    this.#receiver.resume();
    return this;
  }

  override destroy(error?: Error): this {
    this.#side.giveUp();
    return super.destroy(error);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#side.abort(error, callback);
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
  checkNoHighWaterMark(highWaterMark, 'acknowledge');
  return true;
}

function checkReuse(options: ReadStreamOptions): boolean {
  const { reuse = false, objectMode, onread, encoding, highWaterMark } = options;
  checkBoolean('options.reuse', reuse);
  if (!reuse) return false;
  if (objectMode || onread !== undefined || encoding !== undefined) {
    const reason = 'cannot be combined with objectMode, onread or encoding';
    throw invalidArgValue('options.reuse', reason, reuse);
  }
  checkNoHighWaterMark(highWaterMark, 'reuse');
  return true;
}

function checkNoHighWaterMark(highWaterMark: unknown, option: string): void {
  if (highWaterMark === undefined || highWaterMark === 0) return;
  throw invalidArgValue('options.highWaterMark', `must be 0 with ${option}: true`, highWaterMark);
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
export function createReadStream(
  name: string,
  options?: ByteReadStreamOptions,
): ChannelReadStream<Buffer<ArrayBuffer>>;
/**
 * Opens the reader's end of a channel as a Node stream of strings, and creates the channel if it
 * does not exist. Never waits for the writer. Fails as a stream of Buffers does.
 */
export function createReadStream(
  name: string,
  options: TextReadStreamOptions,
): ChannelReadStream<string>;
/**
 * Opens the reader's end of a channel of objects as a Node stream, and creates the channel if it
 * does not exist. `T` is what it reads; without a `Serializer<T>` say it:
 * `createReadStream<Job>(…)`. Nothing checks that what the writer has written is a `T`. Never waits
 * for the writer. Fails as a stream of Buffers does; a message that the serializer cannot read is
 * `ERR_SMIPC_CORRUPT`.
 */
// biome-ignore lint/suspicious/noExplicitAny: as in Node's streams, what is not said is not checked
export function createReadStream<T = any>(
  name: string,
  options: ObjectReadStreamOptions<T>,
): ChannelReadStream<T>;
/** With options of which TypeScript does not know what they make of the bytes. */
export function createReadStream(name: string, options?: ReadStreamOptions): ChannelReadStream;
export function createReadStream(name: string, options: ReadStreamOptions = {}): ChannelReadStream {
  return ChannelReadStream.create(name, options);
}
