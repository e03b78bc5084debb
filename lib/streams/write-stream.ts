/** The writer's end of a channel as a Node Writable. */
import { Buffer } from 'node:buffer';
import { Writable } from 'node:stream';
import type { Channel } from '../channel/channel.js';
import { openerOf } from '../endpoint/opening.js';
import { SmipcError } from '../errors/errors.js';
import { structuredClone } from '../host/host.js';
import { isBytes, isGone } from '../memory/bytes.js';
import { readMessageOptions } from '../messages/messages.js';
import { readChannelOptions, type WaitOptions } from '../options/options.js';
import { type Callback, WriterSide } from '../sides/writer-side.js';
import type { WriteStreamEvents } from './stream-events.js';
import type {
  ByteWriteStreamOptions,
  ObjectWriteStreamOptions,
  WriteStreamOptions,
} from './stream-options.js';
import { constructOption, destroyOnAbort, optional } from './stream-owner.js';
import { TypedWritable } from './typed-writable.js';
import { WritableSender } from './writable-sender.js';
import { keepContext, WriteCallbacks } from './write-callbacks.js';

const kDefaultHighWaterMark = 256 * 1024;
const kDefaultHighWaterMarkObjects = 16;

/**
 * A Node Writable that writes a channel. `createWriteStream()` returns one. `T` is the type of what
 * it takes: chunks, messages or objects.
 *
 * `write()` copies a chunk into the ring in the same tick if it fits; the reader gets it then even
 * if this process exits. `'finish'` means that everything is in the ring, not that it was read;
 * `drained()` waits for that. Emits `'open'` when it has taken its role, and
 * `'connect'` when the reader has opened its end. If the reader
 * closes or dies, the stream is destroyed with `EPIPE` at once.
 *
 * Emits `'refused'` with a `Refusal` when an opener was turned away because it wanted another
 * framing or another `resume`.
 *
 * With `resume`, emits `'disconnect'` with a `Departure` when the reader has left or died without an
 * end and its successor is waited for, and `'resumed'` with a `Takeover` when the reader's role is
 * taken over, and when this end has taken over the writer's. A message must fit in the ring then.
 */
// biome-ignore lint/suspicious/noExplicitAny: as in Node's streams, what is not said is not checked
export class ChannelWriteStream<in T = any> extends TypedWritable<T, WriteStreamEvents> {
  readonly #side: WriterSide;
  readonly #isOfBytes: boolean;
  readonly #isResumable: boolean;
  /** Node has begun to write, and objects are not serialized here: that calls code of others. */
  #goesStraight = false;
  /** Made for the first one. */
  #callbacks: WriteCallbacks | undefined;

  /** @internal */
  static create<T>(name: string, options: WriteStreamOptions): ChannelWriteStream<T> {
    return new ChannelWriteStream(name, options);
  }

  private constructor(name: string, options: WriteStreamOptions) {
    const messages = readMessageOptions(options);
    const channel = readChannelOptions(name, 'w', options, messages.framing);
    const objectMode = messages.framing === 'objects';
    const { highWaterMark, defaultEncoding, emitClose, autoDestroy } = options;
    const nodeOptions = {
      objectMode,
      decodeStrings: true,
      highWaterMark:
        highWaterMark ?? (objectMode ? kDefaultHighWaterMarkObjects : kDefaultHighWaterMark),
      ...(defaultEncoding === undefined ? {} : { defaultEncoding }),
      ...(emitClose === undefined ? {} : { emitClose }),
      ...(autoDestroy === undefined ? {} : { autoDestroy }),
    };
    // Node checks its own options, before a role is taken.
    new Writable(nodeOptions);
    const side = new WriterSide(openerOf(channel), messages);
    super({ ...nodeOptions, ...constructOption(side) });
    this.#side = side;
    this.#isOfBytes = !objectMode;
    this.#isResumable = channel.resume;
    side.start(new WritableSender(this));
    destroyOnAbort(this, channel.signal);
  }

  /** The channel under the stream, for its state; undefined until the role is taken. */
  get channel(): Channel | undefined {
    return this.#side.channel;
  }

  /** How many bytes this stream has put into the ring, including the lengths of messages. */
  get bytesWritten(): number {
    return this.#side.bytesMoved;
  }

  /** True until the reader has opened its end and `'connect'` is emitted. */
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
   * Settles once the reader has opened its end, even if it has left again. Rejects with
   * `ETIMEDOUT`, an `AbortError`, the stream's error, or `EBADF` if the stream is destroyed without
   * one.
   */
  waitForPeer(options: WaitOptions = {}): Promise<void> {
    return this.#side.waitForPeer(options);
  }

  /**
   * Settles when the reader has taken everything that was written out of the ring. It may not have
   * processed it, unless it reads with `acknowledge`. Call it before the stream has
   * finished, at the latest in the tick in which `end()` is called; `'finish'` then waits for it.
   * Rejects with `EPIPE` if the reader leaves first, `ETIMEDOUT`, an `AbortError`, the stream's
   * error, or `EBADF` if the stream is destroyed without one.
   */
  drained(options: WaitOptions = {}): Promise<void> {
    return this.#side.drained(options);
  }

  /**
   * Leaves the channel without ending its stream: for a writer that stops, or restarts. Everything
   * that was written gets into the ring first, which waits for the reader if the ring is full; then
   * `'finish'` and `'close'` are emitted, as after `end()`. The reader waits for the next writer.
   * Nothing can be written any more; call `source.unpipe(stream)` before, if there is a source.
   * Calls of `drained()` that still wait then fail with `EBADF`.
   *
   * Only with `resume`: without it the reader would take it for a writer that has failed.
   *
   * Settles when this end has left, and the next writer can come. After `end()` it waits for that
   * end. Rejects with the stream's error if not everything could be written, `ERR_STREAM_DESTROYED`
   * if the stream was destroyed while something still waited, `ERR_INVALID_STATE` without `resume`; with `ETIMEDOUT` or an
   * `AbortError` if the wait ends, which changes nothing for the stream. A rejection need not be
   * handled.
   */
  leave(options: WaitOptions = {}): Promise<void> {
    if (!this.#isResumable) return optional(Promise.reject(this.#notResumable()));
    const tooLate = this.writableEnded || this.destroyed;
    const left = optional(this.#side.leave(tooLate, options));
    if (!tooLate) super.end();
    return left;
  }

  #notResumable(): SmipcError {
    const fields = { syscall: 'write' as const, channel: this.#side.name };
    const text =
      'leave() needs a stream with the option `resume: true`; otherwise end() or destroy() it';
    return new SmipcError('ERR_INVALID_STATE', text, fields);
  }

  /** Lets a write that waits for space keep the event loop alive, which is the default. */
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

  // --- what callers pass in, before Node changes it ---------------------------------------------

  override write(this: never): boolean;
  override write(chunk: T, callback?: (error: Error | null | undefined) => void): boolean;
  override write(
    chunk: T,
    encoding: BufferEncoding,
    callback?: (error: Error | null | undefined) => void,
  ): boolean;
  override write(
    chunk?: unknown,
    encodingOrCallback?: BufferEncoding | Callback,
    lastCallback?: Callback,
  ): boolean {
    if (
      encodingOrCallback === undefined &&
      lastCallback === undefined &&
      this.#canGoStraight(chunk)
    ) {
      return this.#side.writeStraight(chunk) || super.write(chunk as T);
    }
    const isLast = typeof encodingOrCallback === 'function';
    const callback = isLast ? encodingOrCallback : lastCallback;
    const encoding = (isLast ? undefined : encodingOrCallback) as BufferEncoding;
    const noticed = this.#noticed(chunk) as T;
    if (typeof callback !== 'function') return super.write(noticed, encoding);
    // Callbacks run in the async context of their call.
    this.#callbacks ??= new WriteCallbacks();
    const isFirst = this.writableLength === 0 && this.writableCorked === 0;
    const given = this.#callbacks.take(callback, isFirst);
    const hasRoom = super.write(noticed, encoding, given.call);
    this.#callbacks.settle(given, this.writableLength > 0);
    return hasRoom;
  }

  /** Whether Node would give the chunk to our _write() at once, and nobody could tell. */
  #canGoStraight(chunk: unknown): chunk is Uint8Array {
    return (
      this.#goesStraight &&
      // Somebody may want to see what is written.
      this._write === kWrite &&
      this.writable &&
      this.writableLength === 0 &&
      this.writableCorked === 0 &&
      isBytes(chunk) &&
      chunk.length > 0 &&
      // A class of the user's may say otherwise.
      chunk.length === chunk.byteLength
    );
  }

  override end(this: never): this;
  override end(callback?: () => void): this;
  override end(chunk: T, callback?: () => void): this;
  override end(chunk: T, encoding: BufferEncoding, callback?: () => void): this;
  override end(...values: unknown[]): this {
    const kept = values.map((value) =>
      typeof value === 'function' ? keepContext(value as () => void) : this.#noticed(value),
    );
    return super.end(...(kept as [T, BufferEncoding]));
  }

  /**
   * Node makes a Buffer of each view. Of one whose memory is gone it makes an empty one, or throws;
   * so it is given a Buffer that is gone, which fails in its turn.
   */
  #noticed(chunk: unknown): unknown {
    return this.#isOfBytes && ArrayBuffer.isView(chunk) && isGone(chunk) ? goneBuffer() : chunk;
  }

  // --- Node's hooks -----------------------------------------------------------------------------

  override _write(chunk: unknown, _encoding: BufferEncoding, callback: Callback): void {
    this.#goesStraight = this.#isOfBytes;
    this.#side.write(chunk, callback);
  }

  override _writev(chunks: { chunk: unknown }[], callback: Callback): void {
    this.#side.writeAll(chunks, callback);
  }

  override _final(callback: Callback): void {
    this.#side.finish(callback);
  }

  override destroy(error?: Error): this {
    this.#side.giveUp();
    return super.destroy(error);
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#side.abort(error, callback);
  }
}

const { _write: kWrite } = ChannelWriteStream.prototype;

function goneBuffer(): Buffer {
  const buffer = Buffer.from(new ArrayBuffer(1));
  structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
  return buffer;
}

/**
 * Opens the writer's end of a channel as a Node stream, and creates the channel if it does not
 * exist. Never waits for the reader: what fits in the ring can be written before there is one.
 *
 * Bad arguments are thrown as `TypeError` or `RangeError`. All other failures are emitted as
 * `'error'`. Opening: `EBUSY` (with the holder's `pid`), `ENOENT`, `EEXIST`, `EACCES`, `ENOSPC`,
 * `ENOMEM`, `EMFILE`, `ERR_SMIPC_DIRECTORY`, `ERR_SMIPC_INCOMPATIBLE`, `ERR_SMIPC_CORRUPT`,
 * `ERR_SMIPC_ADDON`, and others that `SmipcError` lists. Writing: `EPIPE` (with `peer`),
 * `ERR_SMIPC_CORRUPT`, `ERR_SMIPC_MESSAGE_TOO_LARGE`, and `ERR_INVALID_STATE` if the memory of a
 * queued chunk was transferred away or resized. An `AbortError` if `signal` is aborted.
 */
export function createWriteStream(
  name: string,
  options?: ByteWriteStreamOptions,
): ChannelWriteStream<string | ArrayBufferView>;
/**
 * Opens the writer's end of a channel of objects as a Node stream, and creates the channel if it
 * does not exist. `T` is what `write()` takes; without a `Serializer<T>` say it:
 * `createWriteStream<Job>(…)`. Never waits for the reader.
 *
 * Bad arguments are thrown as `TypeError` or `RangeError`. All other failures are emitted as
 * `'error'`: those of a channel of bytes, and what the serializer throws, by default a
 * `DataCloneError`.
 */
// biome-ignore lint/suspicious/noExplicitAny: as in Node's streams, what is not said is not checked
export function createWriteStream<T = any>(
  name: string,
  options: ObjectWriteStreamOptions<T>,
): ChannelWriteStream<T>;
/** With options of which TypeScript does not know whether they say `objectMode`. */
export function createWriteStream(name: string, options?: WriteStreamOptions): ChannelWriteStream;
export function createWriteStream(
  name: string,
  options: WriteStreamOptions = {},
): ChannelWriteStream {
  return ChannelWriteStream.create(name, options);
}
