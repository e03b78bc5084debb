/**
 * A Node Readable that knows the type of its chunks and its events, which Node's own types do not.
 * Types only: at run time it is Node's class.
 */
import type { Buffer } from 'node:buffer';
import { Readable, type ReadableOptions } from 'node:stream';
import type { EventMap, Listening, ReadableEvents } from './stream-events.js';

type EachOptions = Parameters<Readable['forEach']>[1];
type MapOptions = Parameters<Readable['map']>[1];
type TakeOptions = Parameters<Readable['take']>[1];

/** What the functions of `map()` and the like are given besides a chunk. */
interface CallOptions {
  /** Aborted when the stream is destroyed, or when nothing more is asked for. */
  signal: AbortSignal;
}

type Awaitable<Value> = Value | Promise<Value>;

/*
 * `finished()`, `pipe()` and many packages ask for a NodeJS.ReadableStream, which is one of strings
 * or Buffers; a stream of anything else must be one to TypeScript, too. So there are overloads that
 * nobody can call (`this: never`), and that say what such a stream says. They come first, because
 * of several overloads the last one is what TypeScript infers from.
 *
 * A loop takes what all overloads of its iterator return together. Of promises it sees only those
 * whose `then` it can call: so a chunk is a `T` there, and nothing else.
 */
interface UnseenPromise extends Omit<Promise<never>, 'then'> {
  then(this: never): Promise<never>;
}

interface UnseenIterator {
  next(): UnseenPromise;
  [Symbol.asyncIterator](): UnseenIterator;
}

/**
 * A Node Readable whose chunks are `T`, and whose events are `Events`. `Decoded` is what
 * `setEncoding()` makes of it.
 */
export interface TypedReadable<
  out T,
  out Events extends EventMap<Events> = ReadableEvents<T>,
  out Decoded = Readable,
> extends Readable {
  read(this: never): string | Buffer;
  /** A chunk, or `size` bytes; null: there are none, or not so many, yet. */
  read(size?: number): T | null;

  setEncoding(this: never): this;
  /**
   * Makes chunks strings. TypeScript knows of it by what this returns, so go on with that, or use
   * the option `encoding`.
   */
  setEncoding(encoding: BufferEncoding): Decoded;

  [Symbol.asyncIterator](this: never): UnseenIterator;
  [Symbol.asyncIterator](): NodeJS.AsyncIterator<T>;
  /** As a `for await` of the stream; with `destroyOnReturn: false` it can be left and go on. */
  iterator(options?: Parameters<Readable['iterator']>[0]): NodeJS.AsyncIterator<T>;

  // --- one function for each chunk --------------------------------------------------------------

  map<R>(fn: (data: T, options: CallOptions) => R, options?: MapOptions): TypedReadable<Awaited<R>>;
  flatMap<R>(
    fn: (data: T, options: CallOptions) => Awaitable<Iterable<R> | AsyncIterable<R>>,
    options?: EachOptions,
  ): TypedReadable<R>;
  filter<R extends T>(
    fn: (data: T, options: CallOptions) => data is R,
    options?: MapOptions,
  ): TypedReadable<R>;
  filter(
    fn: (data: T, options: CallOptions) => Awaitable<boolean>,
    options?: MapOptions,
  ): TypedReadable<T>;
  drop(limit: number, options?: TakeOptions): TypedReadable<T>;
  take(limit: number, options?: TakeOptions): TypedReadable<T>;
  toArray(options?: TakeOptions): Promise<T[]>;
  forEach(
    fn: (data: T, options: CallOptions) => Awaitable<void>,
    options?: EachOptions,
  ): Promise<void>;
  some(
    fn: (data: T, options: CallOptions) => Awaitable<boolean>,
    options?: EachOptions,
  ): Promise<boolean>;
  every(
    fn: (data: T, options: CallOptions) => Awaitable<boolean>,
    options?: EachOptions,
  ): Promise<boolean>;
  find<R extends T>(
    fn: (data: T, options: CallOptions) => data is R,
    options?: EachOptions,
  ): Promise<R | undefined>;
  find(
    fn: (data: T, options: CallOptions) => Awaitable<boolean>,
    options?: EachOptions,
  ): Promise<T | undefined>;
  reduce<R = T>(
    fn: (previous: T | R, data: T, options: CallOptions) => Awaitable<R>,
    initial?: undefined,
    options?: TakeOptions,
  ): Promise<R>;
  reduce<R>(
    fn: (previous: R, data: T, options: CallOptions) => Awaitable<R>,
    initial: R,
    options?: TakeOptions,
  ): Promise<R>;

  // --- events ------------------------------------------------------------------------------------

  /** Adds a listener of an event; a name that is none of the stream's does not compile. */
  on: Listening<Events, this>;
  /** Adds a listener that is called once. */
  once: Listening<Events, this>;
  /** Removes a listener. */
  off: Listening<Events, this>;
  /** The same as `on()`. */
  addListener: Listening<Events, this>;
  /** The same as `off()`. */
  removeListener: Listening<Events, this>;
  /** Adds a listener that is called before those that are there. */
  prependListener: Listening<Events, this>;
  /** Adds a listener that is called once, before those that are there. */
  prependOnceListener: Listening<Events, this>;
  removeAllListeners(this: never): this;
  removeAllListeners(event?: keyof Events): this;
  listenerCount(this: never): number;
  listenerCount(event: keyof Events, listener?: (...args: never[]) => void): number;
  emit(this: never): boolean;
  emit<Name extends keyof Events>(event: Name, ...args: Events[Name]): boolean;
}

/** Node's Readable, for classes to extend. */
export const TypedReadable = Readable as unknown as typeof Readable &
  (new <T, Events extends EventMap<Events>, Decoded>(
    options?: ReadableOptions,
  ) => TypedReadable<T, Events, Decoded>);
