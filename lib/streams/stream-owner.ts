/**
 * How a Node stream and its side of a channel are joined: the same for a Readable and a Writable.
 */
import { addAbortSignal, type Readable, type Writable } from 'node:stream';
import type { Departure, Takeover } from '../endpoint/resumption.js';
import { nextTick } from '../host/host.js';
import type { Refusal } from '../inspection/refusal.js';
import type { SideOwner } from '../sides/side.js';

/** Passes on to the stream what its side tells. */
export class StreamOwner<Stream extends Readable | Writable> implements SideOwner {
  readonly stream: Stream;

  constructor(stream: Stream) {
    this.stream = stream;
  }

  get isDestroyed(): boolean {
    return this.stream.destroyed;
  }

  constructed(): void {}

  opened(): void {
    this.stream.emit('open');
  }

  connected(): void {
    this.stream.emit('connect');
  }

  resumed(takeover: Takeover): void {
    this.stream.emit('resumed', takeover);
  }

  disconnected(departure: Departure): void {
    this.stream.emit('disconnect', departure);
  }

  refused(refusal: Refusal): void {
    this.stream.emit('refused', refusal);
  }
}

/** What this file asks of a side. */
interface OpeningSide {
  readonly end: unknown;
  openLater(): Promise<void>;
  constructed(): void;
}

/** Node's `construct`, if an opening has to go on, or to fail, after the constructor. */
export function constructOption(...sides: OpeningSide[]): {
  construct?: (callback: (error?: Error | null) => void) => void;
} {
  const pending = sides.filter(({ end }) => end === undefined);
  if (pending.length === 0) return {};
  return {
    construct: (callback) =>
      void Promise.all(pending.map((side) => side.openLater())).then(() => {
        callback();
        // Node takes note of it in a tick, so this is the next one.
        nextTick(() => {
          for (const side of pending) side.constructed();
        });
      }, callback),
  };
}

/**
 * A promise whose rejection need not be handled, because the stream tells of its failure itself.
 * Otherwise a call in a signal handler, which nobody awaits, could end the process.
 */
export function optional(promise: Promise<void>): Promise<void> {
  promise.catch(() => {});
  return promise;
}

/** In the stream's constructor, after Side.start(): destroys the stream when `signal` is aborted. */
export function destroyOnAbort(stream: Readable | Writable, signal: AbortSignal | undefined): void {
  // Not as an option of Node's: it would destroy the stream from within the constructor.
  if (signal !== undefined) addAbortSignal(signal, stream);
}
