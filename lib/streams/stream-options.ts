/** Options of Node streams that are one end of a channel, and what is known of their chunks. */
import type { ReadableOptions, WritableOptions } from 'node:stream';
import type { MessageOptions } from '../messages/messages.js';
import type { ChannelOptions } from '../options/options.js';
import type { Serializer } from '../serialization/serializer.js';
import type { OnReadOptions } from '../sources/buffer-source.js';

/**
 * Options of `createReadStream`: those of the channel, those of messages, and some of Node's own
 * for readable streams. `highWaterMark` is in bytes (default: 256 KiB), or, for messages and
 * objects, their number (default: 16); whatever it is, these are taken out of the ring up to 64 KiB
 * at a time, unless they are acknowledged.
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
   * Empty a chunk, or a message, and use its memory again, once the consumer is done with it: when
   * the listener of `'data'` has returned without pausing the stream, or the next one is asked for
   * (in a `for await`, when the body has ended). For code that is done with a chunk there: copy what
   * you keep, await what is written from it, and do not give the stream to what collects chunks or
   * hands them on (generators in `pipeline()`, `map()`, web streams). Once it is piped, each chunk has
   * memory of its own. Faster for large chunks, since that memory stays in the processor's
   * caches. Sets `highWaterMark` to 0. Not with `objectMode`, `encoding` or `onread`. Default: false.
   */
  reuse?: boolean | undefined;
  /**
   * Read into one buffer again and again and call a callback, instead of emitting `'data'`, as the
   * option of `net.connect()` does. Faster, since that memory stays in the processor's caches; for
   * consumers that are done with the bytes when the callback returns. The stream reads from the
   * start, unless it is paused, and emits `'end'`, `'error'` and `'close'` as always. Not with
   * `messages`, `objectMode` or `encoding`.
   */
  onread?: OnReadOptions | undefined;
}

/** Options of `createReadStream` for Buffers: chunks of bytes, or messages of them. */
export interface ByteReadStreamOptions extends ReadStreamOptions {
  objectMode?: false | undefined;
  encoding?: undefined;
}

/** Options of `createReadStream` for strings. */
export interface TextReadStreamOptions extends ReadStreamOptions {
  objectMode?: false | undefined;
  encoding: BufferEncoding;
  onread?: undefined;
  reuse?: false | undefined;
}

/** Options of `createReadStream` for objects of type `T`. */
// biome-ignore lint/suspicious/noExplicitAny: as in Node's streams, what is not said is not checked
export interface ObjectReadStreamOptions<T = any> extends ReadStreamOptions {
  objectMode: true;
  serializer?: Serializer<never, T> | undefined;
  messages?: false | undefined;
  encoding?: undefined;
  onread?: undefined;
  reuse?: false | undefined;
}

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

/** Options of `createWriteStream` for bytes, and for messages of bytes. */
export interface ByteWriteStreamOptions extends WriteStreamOptions {
  objectMode?: false | undefined;
}

/** Options of `createWriteStream` for objects of type `T`. */
// biome-ignore lint/suspicious/noExplicitAny: as in Node's streams, what is not said is not checked
export interface ObjectWriteStreamOptions<T = any> extends WriteStreamOptions {
  objectMode: true;
  serializer?: Serializer<T, unknown> | undefined;
  messages?: false | undefined;
}
