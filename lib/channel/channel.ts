/** The level under the streams: calls that move bytes, asynchronous, blocking and trying. */

import type { Endpoint } from '../endpoint/endpoint.js';
import { WaitQueue } from '../endpoint/wait-queue.js';
import { canLend } from '../environment/environment.js';
import { checkFunction, checkInteger, checkObject } from '../errors/arguments.js';
import { SmipcError } from '../errors/errors.js';
import { Status } from '../failures/failures.js';
import type { ChannelStatus } from '../inspection/status.js';
import {
  type ChannelMode,
  type Framing,
  readWaitOptions,
  type WaitOptions,
} from '../options/options.js';
import { ChunkReader } from '../sources/chunk-reader.js';
import { RingView, type ViewFunction } from './ring-view.js';
import { block, bytesOf, Reading, type ReadOptions, Writing } from './transfers.js';

/**
 * One end of a channel: a writer's or a reader's. Made by `openChannel()`, or found as the `channel`
 * of a stream; then it tells about the channel, but only the stream moves bytes, and ends.
 *
 * Failures of every call that reads: `ECONNRESET` (the writer aborted or died; only after every byte
 * it had published has been read), `ERR_SMIPC_CORRUPT`, `EBADF` (closed on this side, or open for
 * writing), `ERR_INVALID_STATE` (the memory of the view was transferred away or shrunk, before the call
 * or while it waited; the channel is a stream's). Of every call that writes: `EPIPE` (the reader closed or died),
 * `ERR_STREAM_WRITE_AFTER_END`, and as above. Of every call that waits: `ETIMEDOUT`, and an
 * `AbortError` if its signal is aborted. Wrong arguments: `TypeError` and `RangeError`.
 */
export class Channel implements Disposable, AsyncDisposable {
  readonly #endpoint: Endpoint;
  /** A stream moves the bytes, and nobody else may. */
  readonly #isOfStream: boolean;
  /** Reads, or writes: in the order in which they were called. */
  readonly #transfers: WaitQueue;
  /** Made for the first wait, as is the next one. */
  #peerWaits: WaitQueue | undefined;
  #drainWaits: WaitQueue | undefined;
  /** Made for the first view. */
  #view: RingView | undefined;
  /** Made for the first chunk. */
  #chunks: ChunkReader | undefined;

  /** @internal */
  static of(endpoint: Endpoint): Channel {
    return new Channel(endpoint, false);
  }

  /** @internal */
  static ofStream(endpoint: Endpoint): Channel {
    return new Channel(endpoint, true);
  }

  private constructor(endpoint: Endpoint, isOfStream: boolean) {
    this.#endpoint = endpoint;
    this.#isOfStream = isOfStream;
    this.#transfers = new WaitQueue(endpoint, endpoint.mode === 'w' ? 'write' : 'read');
  }

  /** As it was given to `openChannel()` or to the stream. */
  get name(): string {
    return this.#endpoint.name;
  }

  /** `'r'`: the reader's end, `'w'`: the writer's. */
  get mode(): ChannelMode {
    return this.#endpoint.mode;
  }

  /** Size of the ring in bytes: what its creator chose. */
  get capacity(): number {
    return this.#endpoint.capacity;
  }

  /** What the channel's header says about its bytes. */
  get framing(): Framing {
    return this.#endpoint.framing;
  }

  /** `'closing'` from `close()` until everything is released. */
  get state(): 'open' | 'closing' | 'closed' {
    return this.#endpoint.state;
  }

  /**
   * Where this end stands: bytes since the channel was made. All of them have gone through this end,
   * unless it took its role over (`resume`); then it goes on where the owner before it stopped.
   */
  get position(): number {
    return this.#endpoint.position;
  }

  /** Reader: the writer has ended, and every byte has been read. Writer: `end()` was called. */
  get ended(): boolean {
    return this.#endpoint.ended;
  }

  /**
   * Reads into `target`, from its start, as much as is there, but at least `min` bytes.
   *
   * Up to the ring's capacity, bytes are taken only when `min` of them are there: a wait that is
   * aborted or times out loses none. Overlapping calls are served in order.
   * @returns the number of bytes; 0 only at the end, or if `target` has no room.
   */
  async read(target: ArrayBufferView, options: ReadOptions = {}): Promise<number> {
    this.#checkMine('read');
    const reading = new Reading(this.#endpoint, target, options);
    return this.#transfers.wait(() => reading.attempt(), readWaitOptions(options));
  }

  /** @internal Waits for bytes; at most `most`, in memory of their own. null: the end. */
  async readChunk(most: number): Promise<Uint8Array<ArrayBuffer> | null> {
    this.#checkMine('read');
    this.#chunks ??= new ChunkReader(this.#endpoint);
    const chunks = this.#chunks;
    return this.#transfers.wait(() => chunks.next(most), {});
  }

  /**
   * As `read`, but parks the calling thread. Nothing else runs on it meanwhile: made for workers and
   * for programs that have nothing else to do. Throws `ERR_INVALID_STATE` while a `read` waits.
   */
  readSync(target: ArrayBufferView, options: Omit<ReadOptions, 'signal'> = {}): number {
    this.#checkMine('read');
    this.#checkFirst('read');
    const reading = new Reading(this.#endpoint, target, options);
    return block(this.#endpoint, 'read', options, (parkMs) => reading.attempt(parkMs));
  }

  /**
   * Reads what is there, without waiting. 0: nothing, or the end (`ended` tells), or a `read` waits,
   * whose turn is first.
   */
  tryRead(target: ArrayBufferView): number {
    this.#checkMine('read');
    const bytes = bytesOf(this.#endpoint, 'target', target);
    if (bytes.length === 0 || !this.#transfers.isIdle) return 0;
    return Math.max(0, this.#endpoint.read(bytes, 0, bytes.length, 1));
  }

  /**
   * Writes all of `source`, waiting while the ring is full. What fits is published before the call
   * returns. Overlapping calls are served in order. An aborted or timed-out write leaves what it has
   * published; `position` tells how much.
   */
  async write(source: ArrayBufferView, options: WaitOptions = {}): Promise<void> {
    this.#checkMine('write');
    const writing = new Writing(this.#endpoint, source);
    await this.#transfers.wait(() => writing.attempt(), readWaitOptions(options));
  }

  /** As `write`, but parks the calling thread. See `readSync`. */
  writeSync(source: ArrayBufferView, options: Omit<WaitOptions, 'signal'> = {}): void {
    this.#checkMine('write');
    this.#checkFirst('write');
    const writing = new Writing(this.#endpoint, source);
    block(this.#endpoint, 'write', options, (parkMs) => writing.attempt(parkMs));
  }

  /**
   * Writes what fits now, without waiting. Returns the number of bytes: none while a `write` waits,
   * whose turn is first.
   */
  tryWrite(source: ArrayBufferView): number {
    this.#checkMine('write');
    const bytes = bytesOf(this.#endpoint, 'source', source);
    if (!this.#transfers.isIdle) return 0;
    return this.#endpoint.write(bytes, 0, bytes.length);
  }

  /**
   * Reads without copying: calls `fn` with a view of all bytes that are there, at least `min` of them,
   * and consumes as many as it returns; the others come again. The view is in the ring itself, and
   * detached when `fn` returns; a `fn` that throws consumes nothing, and its exception is the call's.
   *
   * For code that looks at bytes and is done with them. The writer's process can still store there: a
   * value that was checked may have changed when it is read again, so take it out once. The channel's
   * other calls that read fail while `fn` runs (`ERR_INVALID_STATE`).
   * @param options `min`: at most the capacity. Fewer bytes come only when the writer has left and
   *   there are no more.
   * @returns what `fn` returned; 0 at the end, where it is not called (`ended` tells).
   */
  async peek(fn: ViewFunction, options: ReadOptions = {}): Promise<number> {
    const min = this.#checkPeek(fn, options);
    const view = this.#ringView;
    return this.#transfers.wait(() => view.peek(fn, min, 'arm'), readWaitOptions(options), true);
  }

  /** As `peek`, but parks the calling thread. See `readSync`. */
  peekSync(fn: ViewFunction, options: Omit<ReadOptions, 'signal'> = {}): number {
    const min = this.#checkPeek(fn, options);
    this.#checkFirst('read');
    const view = this.#ringView;
    return block(this.#endpoint, 'read', options, (parkMs) => view.peek(fn, min, parkMs));
  }

  /** As `peek`, but never waits: 0, and `fn` is not called, if nothing is there. See `tryRead`. */
  tryPeek(fn: ViewFunction): number {
    this.#checkPeek(fn, {});
    if (!this.#transfers.isIdle) return 0;
    return this.#ringView.peek(fn, 1, 'return') ?? 0;
  }

  /**
   * Writes without copying: calls `fn` with a view of `size` bytes of free space, waiting until there
   * are so many, and publishes as many as it returns. The view is in the ring itself, holds whatever
   * was there before, and is detached when `fn` returns; a `fn` that throws publishes nothing, and its
   * exception is the call's.
   *
   * A reader that waits for `min` bytes at the same moment needs them and `size` to fit in the ring
   * together. The channel's other calls that write fail while `fn` runs (`ERR_INVALID_STATE`).
   * @param size at most the capacity, in bytes.
   * @returns what `fn` returned.
   */
  async reserve(size: number, fn: ViewFunction, options: WaitOptions = {}): Promise<number> {
    this.#checkReserve(size, fn);
    const view = this.#ringView;
    const attempt = (): number | undefined => view.reserve(size, fn, 'arm');
    return this.#transfers.wait(attempt, readWaitOptions(options), true);
  }

  /** As `reserve`, but parks the calling thread. See `readSync`. */
  reserveSync(size: number, fn: ViewFunction, options: Omit<WaitOptions, 'signal'> = {}): number {
    this.#checkReserve(size, fn);
    this.#checkFirst('write');
    const view = this.#ringView;
    return block(this.#endpoint, 'write', options, (parkMs) => view.reserve(size, fn, parkMs));
  }

  /** As `reserve`, but never waits: 0, and `fn` is not called, if there is not so much space. */
  tryReserve(size: number, fn: ViewFunction): number {
    this.#checkReserve(size, fn);
    if (!this.#transfers.isIdle) return 0;
    return this.#ringView.reserve(size, fn, 'return') ?? 0;
  }

  /**
   * Whether the views of `peek` and `reserve` are the ring itself. Where the runtime allows no memory
   * but its own (Electron), they are copies, and everything else is the same.
   */
  get zeroCopy(): boolean {
    return canLend();
  }

  /**
   * Writer: the clean end. The reader gets every byte that was written, and then the end. Throws
   * `ERR_INVALID_STATE` while a `write` waits: its rest would be missing, and nobody would know.
   */
  end(): void {
    this.#checkMine('write');
    if (this.mode === 'w') this.#checkFirst('write');
    this.#endpoint.end();
  }

  /**
   * Gives the role up, at once; settles when everything is released. A writer that has not called
   * `end()` leaves its stream aborted. Waits in progress fail with `EBADF`. Idempotent.
   */
  close(): Promise<void> {
    return this.closeBecause(null);
  }

  /** @internal As close(), but waits in progress fail for this reason, if there is one. */
  closeBecause(reason: Error | null): Promise<void> {
    // What they wait for may be true by now, and cannot be seen any more afterwards.
    this.#peerWaits?.retry();
    this.#drainWaits?.retry();
    const closed = this.#endpoint.close();
    for (const queue of [this.#transfers, this.#peerWaits, this.#drainWaits]) queue?.close(reason);
    return closed;
  }

  /** Settles when the opposite end has been there, if only for a moment. */
  async waitForPeer(options: WaitOptions = {}): Promise<void> {
    const attempt = (): true | undefined => {
      if (this.#endpoint.hasConnected) return true;
      if (this.#endpoint.state !== 'open') throw this.#endpoint.failure(Status.Closed, 'wait');
      return undefined;
    };
    this.#peerWaits ??= new WaitQueue(this.#endpoint, 'wait');
    await this.#peerWaits.wait(attempt, readWaitOptions(options));
  }

  /** Writer: settles when the reader has consumed everything that has been written. */
  async drained(options: WaitOptions = {}): Promise<void> {
    const attempt = (): true | undefined => this.#endpoint.isDrainedOrArm() || undefined;
    this.#drainWaits ??= new WaitQueue(this.#endpoint, 'wait');
    await this.#drainWaits.wait(attempt, readWaitOptions(options));
  }

  /** Waits in progress keep the event loop alive (the default). */
  ref(): this {
    this.#endpoint.ref();
    return this;
  }

  /** Nothing of this channel keeps the event loop alive, whatever waits. */
  unref(): this {
    this.#endpoint.unref();
    return this;
  }

  /** Whether waits in progress may keep the event loop alive: `ref()` and `unref()`. */
  hasRef(): boolean {
    return this.#endpoint.hasRef();
  }

  /** The state of both ends and of the ring; after `close()`, as it was when this end left. */
  status(): ChannelStatus {
    return this.#endpoint.status();
  }

  get #ringView(): RingView {
    this.#view ??= new RingView(this.#endpoint);
    return this.#view;
  }

  #checkPeek(fn: unknown, options: ReadOptions): number {
    this.#checkMine('read');
    checkFunction('fn', fn);
    checkObject('options', options);
    return checkInteger('options.min', options.min ?? 1, 1, this.capacity);
  }

  #checkReserve(size: unknown, fn: unknown): void {
    this.#checkMine('write');
    checkInteger('size', size, 1, this.capacity);
    checkFunction('fn', fn);
  }

  #checkMine(syscall: 'read' | 'write'): void {
    if (this.#isOfStream) {
      throw this.#misuse(
        'the channel belongs to a stream, so only the stream can read, write and end it',
        syscall,
      );
    }
    if (this.#view?.isLent === true) {
      throw this.#misuse('the function given to peek or reserve has not returned yet', syscall);
    }
  }

  /** Is it the turn of a call that cannot wait for another one's end? */
  #checkFirst(syscall: 'read' | 'write'): void {
    if (this.#transfers.isIdle) return;
    throw this.#misuse(`an earlier ${syscall} is still waiting: await it first`, syscall);
  }

  #misuse(text: string, syscall: 'read' | 'write'): SmipcError {
    return new SmipcError('ERR_INVALID_STATE', text, { syscall, channel: this.name });
  }

  /** As `close()`; nobody waits for the memory to be unmapped. */
  [Symbol.dispose](): void {
    void this.close();
  }

  /** As `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
