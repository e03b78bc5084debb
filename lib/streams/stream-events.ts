/**
 * The events of streams, and what their listeners are given: types only. A stream takes listeners
 * of these, and of no others, so that a slip in a name does not compile.
 */
import type { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import type { Departure, Takeover } from '../endpoint/resumption.js';
import type { StreamError } from '../errors/errors.js';
import type { Refusal } from '../inspection/refusal.js';

/** Names of events, and the arguments of their listeners. */
export type EventMap<Events> = { [Name in keyof Events]: unknown[] };

/**
 * No arguments. But a function that needs one is a listener, too, if it takes undefined, as the
 * `resolve` of a promise does.
 */
type Nothing = [nothing?: undefined];

/** Events of every Node stream. */
interface StreamEvents {
  /** The stream has ended or was destroyed, and its end of the channel is closed. */
  close: Nothing;
  /** The stream has failed, and is destroyed. */
  error: [error: StreamError];
  [EventEmitter.errorMonitor]: [error: StreamError];
  newListener: [event: string | symbol, listener: (...args: never[]) => void];
  removeListener: [event: string | symbol, listener: (...args: never[]) => void];
}

/** Events of a Node Readable whose chunks are `T`. */
export interface ReadableEvents<T> extends StreamEvents {
  data: [chunk: T];
  end: Nothing;
  pause: Nothing;
  readable: Nothing;
  resume: Nothing;
}

/** Events of a Node Writable. */
export interface WritableEvents extends StreamEvents {
  drain: Nothing;
  finish: Nothing;
  pipe: [source: Readable];
  unpipe: [source: Readable];
}

/** Events of a stream that is one end of a channel. */
interface ChannelEvents {
  /** This end is open: it has its role, and the stream a `channel`. */
  open: Nothing;
  /** The peer has opened its end. */
  connect: Nothing;
  /** With `resume`: the peer has left or died without an end, and its successor is waited for. */
  disconnect: [departure: Departure];
  /** An opener wanted another framing or another `resume`, and was turned away. */
  refused: [refusal: Refusal];
  /** With `resume`: a role was taken over. */
  resumed: [takeover: Takeover];
}

/** Events of a `ChannelReadStream`, with the arguments of their listeners. */
export interface ReadStreamEvents<T> extends ReadableEvents<T>, ChannelEvents {}

/** Events of a `ChannelWriteStream`, with the arguments of their listeners. */
export interface WriteStreamEvents extends WritableEvents, ChannelEvents {}

/**
 * `on()` and the like of a stream, which is `Self`.
 *
 * The last signature has all events. Those before it are for a stream that may be one or the other,
 * a reader or a writer: there TypeScript finds only what both have in the same words, and nothing
 * with type parameters. The first one is never called: it is what Node's own types ask for, as in
 * TypedReadable.
 */
export interface Listening<Events extends EventMap<Events>, Self> {
  (this: never): Self;
  (event: 'close', listener: (nothing?: undefined) => void): Self;
  (event: 'error', listener: (error: StreamError) => void): Self;
  (event: 'open' & keyof Events, listener: (nothing?: undefined) => void): Self;
  (event: 'connect' & keyof Events, listener: (nothing?: undefined) => void): Self;
  (event: 'disconnect' & keyof Events, listener: (departure: Departure) => void): Self;
  (event: 'refused' & keyof Events, listener: (refusal: Refusal) => void): Self;
  (event: 'resumed' & keyof Events, listener: (takeover: Takeover) => void): Self;
  <Name extends keyof Events>(event: Name, listener: (...args: Events[Name]) => void): Self;
}
