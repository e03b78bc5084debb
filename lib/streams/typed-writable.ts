/**
 * A Node Writable that knows the type of its chunks and its events, which Node's own types do not.
 * Types only: at run time it is Node's class.
 */
import { Writable, type WritableOptions } from 'node:stream';
import type { EventMap, Listening, WritableEvents } from './stream-events.js';

/**
 * A Node Writable whose chunks are `T`, and whose events are `Events`.
 *
 * Overloads with `this: never` are those of a NodeJS.WritableStream: see TypedReadable.
 */
export interface TypedWritable<in T, out Events extends EventMap<Events> = WritableEvents>
  extends Writable {
  write(this: never): boolean;
  write(chunk: T, callback?: (error: Error | null | undefined) => void): boolean;
  write(
    chunk: T,
    encoding: BufferEncoding,
    callback?: (error: Error | null | undefined) => void,
  ): boolean;

  end(this: never): this;
  end(callback?: () => void): this;
  end(chunk: T, callback?: () => void): this;
  end(chunk: T, encoding: BufferEncoding, callback?: () => void): this;

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

/** Node's Writable, for classes to extend. */
export const TypedWritable = Writable as unknown as typeof Writable &
  (new <T, Events extends EventMap<Events>>(
    options?: WritableOptions,
  ) => TypedWritable<T, Events>);
