/** The writer's end of a channel as a Node Writable. */
import { Buffer } from 'node:buffer';
import { Writable, type WritableOptions } from 'node:stream';
import type { Channel } from '../channel/channel.js';
import type { Endpoint } from '../endpoint/endpoint.js';
import type { Expectation } from '../endpoint/expectations.js';
import { WaitQueue } from '../endpoint/wait-queue.js';
import { Status } from '../failures/failures.js';
import { later, structuredClone } from '../host/host.js';
import { isGone } from '../memory/bytes.js';
import {
  checkMessage,
  frame,
  type MessageOptions,
  type MessageSettings,
  readMessageOptions,
  stage,
  staged,
} from '../messages/messages.js';
import {
  type ChannelOptions,
  readChannelOptions,
  readWaitOptions,
  type WaitOptions,
} from '../options/options.js';
import { StreamOpening } from '../sides/channel-side.js';
import { join, Pieces } from '../sides/pieces.js';
import { keepContext, WriteCallbacks } from '../sides/write-callbacks.js';

/**
 * Options of `createWriteStream`: those of the channel, those of messages, and some of Node's own
 * for writable streams. `highWaterMark` is how much may queue in JavaScript, while the ring is
 * full, before `write()` returns false: in bytes (default: 256 KiB), or, with `objectMode`, in
 * objects (default: 16).
 */
export interface WriteStreamOptions
  extends ChannelOptions,
    MessageOptions,
    Pick<WritableOptions, 'highWaterMark' | 'defaultEncoding' | 'emitClose' | 'autoDestroy'> {}

const kDefaultHighWaterMark = 256 * 1024;
const kDefaultHighWaterMarkObjects = 16;

type Callback = (error?: Error | null) => void;

/** What Node wants written, and is told about when it is in the ring. */
interface CurrentWrite {
  pieces: Pieces;
  callback: Callback;
}

/**
 * A Node Writable that writes a channel. `createWriteStream()` returns one.
 *
 * `write()` copies a chunk into the ring in the same tick if it fits; the reader gets it then even
 * if this process exits. `'finish'` means that everything is in the ring, not that it was read;
 * `drained()` waits for that. Emits `'connect'` when the reader has opened its end. If the reader
 * closes or dies, the stream is destroyed with `EPIPE` at once.
 *
 * With `resume`, emits `'resumed'` with a `Takeover` when the reader's role is taken over, and when
 * this end has taken over the writer's. A message must fit in the ring then.
 */
export class ChannelWriteStream extends Writable {
  readonly #opening: StreamOpening;
  readonly #settings: MessageSettings;
  readonly #expectation: Expectation = { isActive: false, holdsLoop: true };
  /** The write in progress. */
  #current: CurrentWrite | undefined;
  /** Made for the first drained(). */
  #drains: WaitQueue | undefined;
  /** Made for the first one. */
  #callbacks: WriteCallbacks | undefined;

  /** @internal */
  static create(name: string, options: WriteStreamOptions): ChannelWriteStream {
    return new ChannelWriteStream(name, options);
  }

  private constructor(name: string, options: WriteStreamOptions) {
    const settings = readMessageOptions(options);
    const channelSettings = readChannelOptions(name, 'w', options, settings.framing);
    const objectMode = settings.framing === 'objects';
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
    const opening = new StreamOpening(channelSettings);
    super({ ...nodeOptions, ...opening.streamOptions() });
    this.#opening = opening;
    this.#settings = settings;
    opening.start(this, (endpoint) => endpoint.onWake(() => this.#wake(endpoint)));
  }

  /** The channel under the stream, for its state; undefined until the role is taken. */
  get channel(): Channel | undefined {
    return this.#opening.channel;
  }

  /** How many bytes this stream has put into the ring, including the lengths of messages. */
  get bytesWritten(): number {
    return this.#opening.bytesMoved;
  }

  /** True until the reader has opened its end and `'connect'` is emitted. */
  get pending(): boolean {
    return this.#opening.isPending;
  }

  /**
   * Settles once the reader has opened its end, even if it has left again. Rejects with
   * `ETIMEDOUT`, an `AbortError`, the stream's error, or `EBADF` if the stream is destroyed without
   * one.
   */
  waitForPeer(options: WaitOptions = {}): Promise<void> {
    return this.#opening.waitForPeer(options);
  }

  /**
   * Settles when the reader has consumed everything that was written. Call it before the stream has
   * finished, at the latest in the tick in which `end()` is called; `'finish'` then waits for it.
   * Rejects with `EPIPE` if the reader leaves first, `ETIMEDOUT`, an `AbortError`, the stream's
   * error, or `EBADF` if the stream is destroyed without one.
   */
  async drained(options: WaitOptions = {}): Promise<void> {
    // Without delay if the channel is open: _final may be about to close it.
    const isOpen = this.#opening.endpoint !== undefined;
    const rest = isOpen ? readWaitOptions(options) : await this.#opening.whenOpen(options);
    const endpoint = this.#opening.endpoint as Endpoint;
    this.#drains ??= new WaitQueue(endpoint, 'wait');
    await this.#drains.wait(() => this.#isDrained(endpoint) || undefined, rest);
  }

  /** Lets a write that waits for space keep the event loop alive, which is the default. */
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

  #isDrained(endpoint: Endpoint): boolean {
    // What is still queued in JavaScript counts too; each finished write looks again.
    return this.writableLength === 0 && endpoint.isDrainedOrArm();
  }

  // --- what callers pass in, before Node changes it ----------------------------------------------

  override write(chunk: unknown, callback?: Callback): boolean;
  override write(chunk: unknown, encoding: BufferEncoding, callback?: Callback): boolean;
  override write(
    chunk: unknown,
    encodingOrCallback?: BufferEncoding | Callback,
    lastCallback?: Callback,
  ): boolean {
    const isLast = typeof encodingOrCallback === 'function';
    const callback = isLast ? encodingOrCallback : lastCallback;
    const encoding = (isLast ? undefined : encodingOrCallback) as BufferEncoding;
    const noticed = this.#noticed(chunk);
    if (typeof callback !== 'function') return super.write(noticed, encoding);
    // Callbacks run in the async context of their call.
    this.#callbacks ??= new WriteCallbacks();
    const isFirst = this.writableLength === 0 && this.writableCorked === 0;
    const given = this.#callbacks.take(callback, isFirst);
    const hasRoom = super.write(noticed, encoding, given.call);
    this.#callbacks.settle(given, this.writableLength > 0);
    return hasRoom;
  }

  override end(callback?: () => void): this;
  override end(chunk: unknown, callback?: () => void): this;
  override end(chunk: unknown, encoding: BufferEncoding, callback?: () => void): this;
  override end(...values: unknown[]): this {
    const kept = values.map((value) =>
      typeof value === 'function' ? keepContext(value as () => void) : this.#noticed(value),
    );
    return super.end(...(kept as [unknown, BufferEncoding]));
  }

  // --- Node's hooks ------------------------------------------------------------------------------

  override _write(chunk: unknown, _encoding: BufferEncoding, callback: Callback): void {
    const isOfBytes = this.#settings.framing !== 'objects';
    if (isOfBytes && lengthOf(chunk as Uint8Array) !== this.writableLength) {
      callback(this.#changed());
      return;
    }
    if (this.#settings.framing === 'bytes') this.#writeBytes(chunk as Uint8Array, callback);
    else this.#writeMessage(chunk, callback);
  }

  override _writev(chunks: { chunk: unknown }[], callback: Callback): void {
    if (this.#settings.framing !== 'objects') {
      let length = 0;
      for (let i = 0; i < chunks.length; i++) length += lengthOf(chunks[i]?.chunk as Uint8Array);
      if (length !== this.writableLength) {
        callback(this.#changed());
        return;
      }
    }
    const pieces: Uint8Array[] = [];
    let failure: Error | null = null;
    try {
      for (let i = 0; i < chunks.length; i++) this.#frameTo(pieces, chunks[i]?.chunk);
    } catch (error) {
      // What was written before it is sent all the same, as if it had been written alone.
      failure = error as Error;
    }
    let current: Pieces;
    try {
      current = new Pieces(join(pieces, this.#largestFrame));
    } catch (error) {
      callback(error as Error);
      return;
    }
    this.#begin(current, failure === null ? callback : (error) => callback(error ?? failure));
  }

  override _final(callback: Callback): void {
    try {
      this.#opening.endpoint?.end();
    } catch (error) {
      callback(error as Error);
      return;
    }
    // Now the role is free, unless somebody wants to know when all of it has been read. A drained()
    // that is called right after end() comes in time: Node may call _final from within end().
    this.#opening.inContext(() => {
      later(() => {
        const idle = this.#drains?.whenIdle() ?? Promise.resolve();
        void idle.then(() => {
          void this.#opening.close();
          callback();
        });
      });
    });
  }

  /**
   * Node makes a Buffer of each view. Of one whose memory is gone it makes an empty one, or throws;
   * so it is given a Buffer that is gone, which fails in its turn.
   */
  #noticed(chunk: unknown): unknown {
    const isOfBytes = this.#settings.framing !== 'objects';
    return isOfBytes && ArrayBuffer.isView(chunk) && isGone(chunk) ? goneBuffer() : chunk;
  }

  override destroy(error?: Error): this {
    this.#opening.giveUp();
    return super.destroy(error);
  }

  override _destroy(error: Error | null, callback: Callback): void {
    const current = this.#current;
    this.#current = undefined;
    this.#opening.inContext(() => {
      this.#drains?.close(error);
      this.#opening.close(error).then(() => callback(error), callback);
      // Node waits for it before it fails the writes that queue behind.
      current?.callback(error ?? destroyedError());
    });
  }

  // --- writing -----------------------------------------------------------------------------------

  #message(chunk: unknown): Uint8Array {
    const { framing, serializer, maxMessageSize } = this.#settings;
    const message = framing === 'objects' ? serializer.serialize(chunk) : chunk;
    return checkMessage(this.#opening.name, message, maxMessageSize, this.#largestFrame);
  }

  /**
   * Memory of a chunk was transferred away or resized while the chunk queued: what is left of it
   * would be a hole in the stream, or an empty message. Node has added up the lengths as they were.
   * (Objects are no bytes yet when they queue.)
   */
  #changed(): Error {
    return (this.#opening.endpoint as Endpoint).failure(Status.Detached, 'write');
  }

  #frameTo(pieces: Uint8Array[], chunk: unknown): void {
    if (this.#settings.framing === 'bytes') pieces.push(chunk as Uint8Array);
    else pieces.push(...frame(this.#message(chunk), this.#largestFrame !== undefined));
  }

  /** A resumable channel takes a piece as a whole or not at all: its capacity. Otherwise undefined. */
  get #largestFrame(): number | undefined {
    // Node does not write before the channel is open.
    const endpoint = this.#opening.endpoint as Endpoint;
    return endpoint.resumable ? endpoint.capacity : undefined;
  }

  /** The short way for what happens most: one chunk, and it fits. */
  #writeBytes(chunk: Uint8Array, callback: Callback): void {
    // Nothing queues behind it: Node would have called _writev.
    const count = this.#writeAtOnce(chunk, chunk.length, 0, callback);
    if (count !== undefined) this.#writeLater(new Pieces([chunk], count), callback);
  }

  /** The same for a message. */
  #writeMessage(value: unknown, callback: Callback): void {
    let length: number;
    let large: Pieces | undefined;
    try {
      const message = this.#message(value);
      length = stage(message);
      if (length === 0) large = new Pieces(frame(message, this.#largestFrame !== undefined));
    } catch (error) {
      // What cannot be serialized, or is too large.
      callback(error as Error);
      return;
    }
    if (large !== undefined) {
      this.#begin(large, callback);
      return;
    }
    const behind = Math.max(0, this.#queued - length);
    const count = this.#writeAtOnce(staged, length, behind, callback);
    if (count === undefined) return;
    // The next message must not be written over what did not fit.
    const rest = Buffer.from(staged.subarray(count, length));
    this.#writeLater(new Pieces([rest]), callback);
  }

  /**
   * How much of it is in the ring; undefined: all of it, or it has failed, and `callback` knows.
   */
  #writeAtOnce(
    bytes: Uint8Array,
    length: number,
    behind: number,
    callback: Callback,
  ): number | undefined {
    // Node does not write before the channel is open.
    const endpoint = this.#opening.endpoint as Endpoint;
    let count: number;
    try {
      count = endpoint.writeOrArm(bytes, 0, length, behind);
    } catch (error) {
      callback(error as Error);
      return undefined;
    }
    if (count < length) return count;
    this.#finish(endpoint, callback);
    return undefined;
  }

  /** The doorbell is armed for it. */
  #writeLater(pieces: Pieces, callback: Callback): void {
    this.#current = { pieces, callback };
    this.#expect(this.#opening.endpoint as Endpoint, true);
  }

  #begin(pieces: Pieces, callback: Callback): void {
    const endpoint = this.#opening.endpoint as Endpoint; // as in #writeAtOnce
    this.#current = { pieces, callback };
    this.#continue(endpoint, this.#current);
  }

  #continue(endpoint: Endpoint, { pieces, callback }: CurrentWrite): void {
    try {
      if (!pieces.writeOrArm(endpoint, Math.max(0, this.#queued - pieces.length))) {
        this.#expect(endpoint, true);
        return;
      }
    } catch (error) {
      this.#finish(endpoint, callback, error as Error);
      return;
    }
    this.#finish(endpoint, callback);
  }

  #finish(endpoint: Endpoint, callback: Callback, error?: Error): void {
    this.#current = undefined;
    this.#expect(endpoint, false);
    callback(error);
    this.#drains?.retry();
  }

  /** Bytes that are not in the ring yet; objects have no length before they are serialized. */
  get #queued(): number {
    return this.#settings.framing === 'objects' ? 0 : this.writableLength;
  }

  /** A write that waits for space keeps the event loop alive. */
  #expect(endpoint: Endpoint, isActive: boolean): void {
    if (this.#expectation.isActive === isActive) return;
    this.#expectation.isActive = isActive;
    endpoint.expect(this.#expectation);
  }

  #wake(endpoint: Endpoint): void {
    if (this.#current !== undefined) {
      this.#continue(endpoint, this.#current);
      return;
    }
    // Before the loss: the reader may have read everything, and left.
    this.#drains?.retry();
    // An idle writer too hears at once that nobody will read. After end() it has nothing to lose.
    if (endpoint.state !== 'open' || endpoint.ended) return;
    const loss = endpoint.readerLoss;
    if (loss !== undefined) this.destroy(loss);
  }
}

function goneBuffer(): Buffer {
  const buffer = Buffer.from(new ArrayBuffer(1));
  structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
  return buffer;
}

/** Not a number, which equals nothing, if the memory is gone. */
function lengthOf(chunk: Uint8Array): number {
  return isGone(chunk) ? Number.NaN : chunk.length;
}

/** As Node fails the writes that queue in a stream that is destroyed. */
function destroyedError(): Error {
  const error = new Error('Cannot call write after a stream was destroyed');
  return Object.assign(error, { code: 'ERR_STREAM_DESTROYED' });
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
  options: WriteStreamOptions = {},
): ChannelWriteStream {
  return ChannelWriteStream.create(name, options);
}
