/**
 * A writer's side: puts into the ring what the stream that is made of it is given, or queues it.
 */
import { Buffer } from 'node:buffer';
import type { Expectation } from '../endpoint/expectations.js';
import { timeoutError } from '../endpoint/obstacles.js';
import type { Opener } from '../endpoint/opening.js';
import { WaitQueue } from '../endpoint/wait-queue.js';
import type { WriteEnd } from '../endpoint/write-end.js';
import { Status, Wait } from '../environment/contract.js';
import { SmipcError } from '../errors/errors.js';
import { later } from '../host/host.js';
import { checkMessage, FrameBuffer, frame, type MessageSettings } from '../messages/messages.js';
import { readWaitOptions, type WaitOptions } from '../options/options.js';
import { lengthOf, Pieces, totalLength } from './pieces.js';
import { Side, type SideOwner } from './side.js';

/** The stream, as its writer's side sees it. */
export interface Sender extends SideOwner {
  /** Bytes (with objectMode: objects) that were written and are not in the ring yet. */
  readonly queued: number;
  /** The reader is gone, so nothing that is written will be read. Called once. */
  takeLoss(loss: Error): void;
}

export type Callback = (error?: Error | null) => void;

/** A write that has begun, and its callback. */
interface CurrentWrite {
  readonly pieces: Pieces;
  readonly callback: Callback;
}

/** One for all writers of this environment: nothing is in it between two calls. */
const frames = new FrameBuffer();

export class WriterSide extends Side<'w', Sender> {
  readonly #settings: MessageSettings;
  /** Objects are no bytes yet when they queue. */
  readonly #isOfBytes: boolean;
  readonly #expectation: Expectation = { isActive: false, holdsLoop: true };
  /** Why nothing that is written will be read. */
  #loss: Error | undefined;
  /** What is left of a write that writeStraight() has begun, until write() is called for it. */
  #begun: Pieces | undefined;
  /** The write that waits for space. */
  #current: CurrentWrite | undefined;
  /** The stream finishes without an end. */
  #isLeaving = false;
  /** Made for the first drained(). */
  #drains: WaitQueue | undefined;

  constructor(opener: Opener<'w'>, settings: MessageSettings) {
    super(opener);
    this.#settings = settings;
    this.#isOfBytes = settings.framing !== 'objects';
  }

  protected override opened(end: WriteEnd): void {
    end.onWake(() => this.#wake(end));
  }

  // --- what the stream calls --------------------------------------------------------------------

  /**
   * Writes a chunk, or a message of bytes, that nothing waits before and that the stream has not
   * counted, if all of it fits. If not, the stream is to write() it at once, and what is in the ring
   * already is not written again.
   */
  writeStraight(chunk: Uint8Array): boolean {
    const { end } = this;
    if (end === undefined || this.#current !== undefined) return false;
    let bytes = chunk;
    let { length } = chunk;
    if (this.#settings.framing === 'messages') {
      if (length > this.#settings.maxMessageSize) return false;
      bytes = frames.bytes;
      length = frames.put(chunk);
      // Too large for this way, or for the ring.
      if (length === 0 || length > (this.#largestFrame() ?? length)) return false;
    }
    const count = end.tryWrite(bytes, length);
    if (count === length) return true;
    // A failure is found again by write(), which tells it.
    if (count >= 0) this.#begun = restOf(bytes, count, length);
    return false;
  }

  /**
   * Writes a chunk, or a message; calls back when it is in the ring. One write at a time.
   * @param behind how many bytes queue behind it already: of a stream that held the write back
   */
  write(chunk: unknown, callback: Callback, behind = 0): void {
    const begun = this.#begun;
    this.#begun = undefined;
    if (begun !== undefined) {
      this.#writeLater(begun, callback);
    } else if (this.#isOfBytes && lengthOf(chunk as Uint8Array) !== this.#queued() - behind) {
      callback(this.#changed());
    } else if (this.#settings.framing === 'bytes') {
      this.#writeBytes(chunk as Uint8Array, callback, behind);
    } else {
      this.#writeMessage(chunk, callback);
    }
  }

  /**
   * Writes what has queued. If one of it fails, what stood before it is written all the same.
   * @param behind as of write()
   */
  writeAll(chunks: readonly { chunk: unknown }[], callback: Callback, behind = 0): void {
    if (this.#isOfBytes && totalLength(chunks) !== this.#queued() - behind) {
      callback(this.#changed());
      return;
    }
    const pieces: Uint8Array[] = [];
    let failure: Error | null = null;
    try {
      for (let i = 0; i < chunks.length; i++) this.#frameTo(pieces, chunks[i]?.chunk);
    } catch (error) {
      this.#openEnd().reportFailure(error);
      failure = error as Error;
    }
    const all = new Pieces(pieces, 0, this.#largestFrame());
    this.#begin(all, failure === null ? callback : (error) => callback(error ?? failure));
  }

  /**
   * Everything is in the ring. The clean end, unless this side leaves without one; calls back when
   * it is known, and the role is given up.
   */
  finish(callback: Callback): void {
    try {
      if (!this.#isLeaving) this.end?.end();
    } catch (error) {
      callback(error as Error);
      return;
    }
    // Now the role is free, unless a drained() waits until all of it has been read. A drained()
    // that is called right after end() comes in time: Node may call this from within end().
    this.inContext(() => {
      later(() => {
        // What has been read after this end has left, it cannot know.
        if (this.#isLeaving) this.#drains?.close();
        const idle = this.#drains?.whenIdle() ?? Promise.resolve();
        void idle.then(() => {
          void this.close();
          callback();
        });
      });
    });
  }

  /** Settles when the reader has consumed all that was written, what queues included. */
  async drained(options: WaitOptions): Promise<void> {
    // Without delay if the channel is open: finish() may be about to close it.
    const isOpen = this.end !== undefined;
    const rest = isOpen ? readWaitOptions(options) : await this.whenOpen(options);
    const end = this.#openEnd();
    this.#drains ??= new WaitQueue(end, 'drained');
    await this.#drains.wait(() => this.#isDrained(end) || undefined, rest);
  }

  /**
   * Makes finish() leave without an end, unless it is `tooLate` for that, because the owner has
   * ended its stream. If the role is not taken yet, and nothing was written, it will not be.
   * @returns settles when this side has left, and everything that was written is in the ring;
   *   rejects with the stream's error or, if it was destroyed before, ERR_STREAM_DESTROYED
   */
  leave(tooLate: boolean, options: WaitOptions): Promise<void> {
    const left = this.whenClosed(readWaitOptions(options));
    if (!tooLate) {
      this.#isLeaving = true;
      if (this.end === undefined && (this.owner?.queued ?? 0) === 0) this.closeUnopened();
      else this.#drains?.retry();
    }
    return left;
  }

  protected override lateToLeave(timeoutMs: number): Error {
    if (this.end?.state === 'open') return timeoutError(this.end, 'space', timeoutMs);
    const text = `not everything was written within ${timeoutMs} ms`;
    return new SmipcError('ETIMEDOUT', text, { syscall: 'wait', channel: this.name });
  }

  /** Leaves the channel without an end. Waits, and the write in progress, fail. */
  abort(error: Error | null, callback: Callback): void {
    const current = this.#current;
    this.#current = undefined;
    const isLosing = (this.owner?.queued ?? 0) > 0;
    this.inContext(() => {
      this.#drains?.close(error);
      const closed = this.close(error, error ?? (isLosing ? destroyedError() : null));
      closed.then(() => callback(error), callback);
      // Node waits for it before it fails the writes that queue behind.
      current?.callback(error ?? destroyedError());
    });
  }

  // --- what is to be written --------------------------------------------------------------------

  // Methods and a field, not private accessors: those are calls into the runtime in V8 of Node 20.

  /** Bytes that are not in the ring yet, as far as that is known. */
  #queued(): number {
    return this.#isOfBytes ? (this.owner?.queued ?? 0) : 0;
  }

  /** Streams do not write before the channel is open. */
  #openEnd(): WriteEnd {
    return this.end as WriteEnd;
  }

  /** A resumable channel takes a piece as a whole or not at all: its capacity. Otherwise undefined. */
  #largestFrame(): number | undefined {
    const end = this.#openEnd();
    return end.resumable ? end.capacity : undefined;
  }

  /**
   * Memory of a chunk was transferred away or resized while the chunk queued: what is left of it
   * would be a hole in the stream, or an empty message. The stream has added up the lengths as they
   * were.
   */
  #changed(): Error {
    return this.#openEnd().failure(Status.Detached, 'write');
  }

  #message(chunk: unknown): Uint8Array {
    const { framing, serializer, maxMessageSize } = this.#settings;
    const message = framing === 'objects' ? serializer.serialize(chunk) : chunk;
    return checkMessage(this.name, message, maxMessageSize, this.#largestFrame());
  }

  #frameTo(pieces: Uint8Array[], chunk: unknown): void {
    if (this.#settings.framing === 'bytes') pieces.push(chunk as Uint8Array);
    else pieces.push(...frame(this.#message(chunk), this.#largestFrame() !== undefined));
  }

  // --- writing ----------------------------------------------------------------------------------

  /** The short way for what happens most: one chunk, and it fits. */
  #writeBytes(chunk: Uint8Array, callback: Callback, behind: number): void {
    const count = this.#writeAtOnce(chunk, chunk.length, behind, callback);
    if (count !== undefined) this.#writeLater(restOf(chunk, count, chunk.length), callback);
  }

  /** The short way for a message. */
  #writeMessage(value: unknown, callback: Callback): void {
    let length: number;
    let large: Pieces | undefined;
    try {
      const message = this.#message(value);
      length = frames.put(message);
      if (length === 0) large = new Pieces(frame(message, this.#largestFrame() !== undefined));
    } catch (error) {
      // What cannot be serialized, or is too large.
      this.#openEnd().reportFailure(error);
      callback(error as Error);
      return;
    }
    if (large !== undefined) {
      this.#begin(large, callback);
      return;
    }
    const behind = Math.max(0, this.#queued() - length);
    const count = this.#writeAtOnce(frames.bytes, length, behind, callback);
    if (count === undefined) return;
    this.#writeLater(restOf(frames.bytes, count, length), callback);
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
    const end = this.#openEnd();
    let count: number;
    try {
      count = end.write(bytes, 0, length, behind, Wait.Arm);
    } catch (error) {
      callback(error as Error);
      return undefined;
    }
    if (count < length) return count;
    this.#done(end, callback);
    return undefined;
  }

  /** The doorbell is armed for it. */
  #writeLater(pieces: Pieces, callback: Callback): void {
    this.#current = { pieces, callback };
    this.#expect(this.#openEnd(), true);
  }

  #begin(pieces: Pieces, callback: Callback): void {
    this.#current = { pieces, callback };
    this.#continue(this.#openEnd(), this.#current);
  }

  #continue(end: WriteEnd, { pieces, callback }: CurrentWrite): void {
    try {
      if (!pieces.writeOrArm(end, Math.max(0, this.#queued() - pieces.length))) {
        this.#expect(end, true);
        return;
      }
    } catch (error) {
      this.#done(end, callback, error as Error);
      return;
    }
    this.#done(end, callback);
  }

  #done(end: WriteEnd, callback: Callback, error?: Error): void {
    this.#current = undefined;
    this.#expect(end, false);
    callback(error);
    this.#drains?.retry();
  }

  /** A write that waits for space keeps the event loop alive. */
  #expect(end: WriteEnd, isActive: boolean): void {
    if (this.#expectation.isActive === isActive) return;
    this.#expectation.isActive = isActive;
    end.expect(this.#expectation);
  }

  #isDrained(end: WriteEnd): boolean {
    // What is still queued in JavaScript counts too; each finished write checks again.
    return (this.owner?.queued ?? 0) === 0 && end.isDrainedOrArm();
  }

  #wake(end: WriteEnd): void {
    if (this.#current !== undefined) {
      this.#continue(end, this.#current);
      return;
    }
    // Before the loss: the reader may have read everything, and left.
    this.#drains?.retry();
    if (this.#loss !== undefined) return;
    // An idle writer too hears at once that nothing it writes will be read.
    this.#loss = end.readerLoss;
    if (this.#loss !== undefined) this.owner?.takeLoss(this.#loss);
  }
}

/** What did not fit in the ring of the `length` bytes, from `count` on. */
function restOf(bytes: Uint8Array, count: number, length: number): Pieces {
  // The next message must not be written over it.
  if (bytes === frames.bytes) return new Pieces([Buffer.from(bytes.subarray(count, length))]);
  return new Pieces([bytes], count);
}

/** As Node fails the writes that queue in a stream that is destroyed. */
function destroyedError(): Error {
  const error = new Error('Cannot call write after a stream was destroyed');
  return Object.assign(error, { code: 'ERR_STREAM_DESTROYED' });
}
