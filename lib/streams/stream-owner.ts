/**
 * How a Node stream and its side of a channel are joined: the same for a Readable and a Writable.
 */
import { addAbortSignal, type Readable, type Writable } from 'node:stream';
import type { Takeover } from '../endpoint/resumption.js';
import type { SideOwner } from '../sides/side.js';

/** What Node emits when others listen; we do, and that is no reason to live. */
const kOwnEvents: readonly (string | symbol)[] = ['newListener', 'removeListener'];

/** Passes on to the stream what its side tells. */
export class StreamOwner<Stream extends Readable | Writable> implements SideOwner {
  readonly stream: Stream;

  constructor(stream: Stream) {
    this.stream = stream;
  }

  get isDestroyed(): boolean {
    return this.stream.destroyed;
  }

  connected(): void {
    this.stream.emit('connect');
  }

  resumed(takeover: Takeover): void {
    this.stream.emit('resumed', takeover);
  }
}

/** Node's `construct`, if the opening has to go on, or to fail, after the constructor. */
export function constructOption(side: { end: unknown; openLater(): Promise<void> }): {
  construct?: (callback: (error?: Error | null) => void) => void;
} {
  if (side.end !== undefined) return {};
  return { construct: (callback) => void side.openLater().then(() => callback(), callback) };
}

/**
 * In the stream's constructor, after Side.start(): what keeps the stream alive, and what ends it.
 */
export function watchStream(
  stream: Readable | Writable,
  side: { setListened(isListened: boolean): void },
  signal: AbortSignal | undefined,
): void {
  // 'newListener' comes before the listener is there, 'removeListener' when it has gone.
  stream.on('newListener', (event) => {
    if (!kOwnEvents.includes(event)) side.setListened(true);
  });
  stream.on('removeListener', () => {
    side.setListened(stream.eventNames().some((event) => !kOwnEvents.includes(event)));
  });
  // Not as an option of Node's: it would destroy the stream from within the constructor.
  if (signal !== undefined) addAbortSignal(signal, stream);
}
