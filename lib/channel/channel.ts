/** `Channel`, the level under the streams: calls that wait, that block, and that only try. */

import type { Endpoint } from '../endpoint/endpoint.js';
import { kEnd, kNotYet, ReadEnd } from '../endpoint/read-end.js';
import { WaitQueue } from '../endpoint/wait-queue.js';
import { WriteEnd } from '../endpoint/write-end.js';
import { Status, Wait } from '../environment/contract.js';
import { canLend } from '../environment/environment.js';
import { checkFunction, checkInteger, checkObject } from '../errors/arguments.js';
import type { SmipcError } from '../errors/errors.js';
import type { ChannelStatus } from '../inspection/status.js';
import {
  type ChannelMode,
  type Framing,
  readWaitOptions,
  type WaitOptions,
} from '../options/options.js';
import { ChunkSource } from '../sources/chunk-source.js';
import { RingView, type ViewFunction } from './ring-view.js';
import { block, bytesOf, Reading, type ReadOptions, Writing } from './transfers.js';

/**
 * One end of a channel, the reader's or the writer's. `openChannel()` returns one. A stream has one
 * as its property `channel`; that one tells the state of the channel, but only the stream moves its
 * bytes.
 *
 * Calls that read fail with `ECONNRESET` if the writer died or left without `end()`, after every
 * byte it had written has been read. Calls that write fail with `EPIPE` if the reader closed or
 * died, and with `ERR_STREAM_WRITE_AFTER_END` after `end()`. Both fail with `EBADF` if this end is
 * closed or open for the other direction, `ERR_SMIPC_CORRUPT` if the shared memory is damaged, and
 * `ERR_INVALID_STATE` if a view's memory was transferred away or shrunk, or if the channel belongs
 * to a stream. Calls that wait fail with `ETIMEDOUT`, and with an `AbortError` if their signal is
 * aborted. Bad arguments are a `TypeError` or `RangeError`.
 */
export class Channel implements Disposable, AsyncDisposable {
  readonly #endpoint: Endpoint;
  /** A stream moves the bytes, and this object must not. */
  readonly #isOfStream: boolean;
  /** The reads or writes that wait, in the order of their calls. */
  readonly #transfers: WaitQueue;
  // The following are made when they are needed first.
  #peerWaits: WaitQueue | undefined;
  #drainWaits: WaitQueue | undefined;
  #view: RingView | undefined;
  #chunks: ChunkSource | undefined;

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
    this.#transfers = new WaitQueue(endpoint, endpoint.mode === 'w' ? 'space' : 'bytes');
  }

  /** The channel's name. */
  get name(): string {
    return this.#endpoint.name;
  }

  /** Which end this is: `'r'` the reader's, `'w'` the writer's. */
  get mode(): ChannelMode {
    return this.#endpoint.mode;
  }

  /** Size of the ring in bytes, as its creator chose it. */
  get capacity(): number {
    return this.#endpoint.capacity;
  }

  /** What the channel carries, as its header says: bytes, messages of raw bytes, or objects. */
  get framing(): Framing {
    return this.#endpoint.framing;
  }

  /** Whether this end is open; `'closing'` from `close()` until its memory is released. */
  get state(): 'open' | 'closing' | 'closed' {
    return this.#endpoint.state;
  }

  /**
   * How many bytes of the channel have been read, or written, up to now. That counts the bytes of
   * earlier owners of the role, if this end took it over (`resume`).
   */
  get position(): number {
    return this.#endpoint.position;
  }

  /**
   * How many messages, or objects, of the channel have been taken out of the ring, or put into it, up
   * to now, those of earlier owners of the role included; of a message counts its last byte. 0 in a
   * channel of bytes.
   */
  get messages(): number {
    return this.#endpoint.messages;
  }

  /**
   * On a reader: the writer has ended and every byte has been read. On a writer: `end()` was
   * called.
   */
  get ended(): boolean {
    return this.#endpoint.ended;
  }

  /**
   * Reads as many bytes as are there into `target`, from its start, and waits until there are at
   * least `min` (default: 1). If `min` is not above the capacity, a wait that is aborted or times
   * out takes no bytes. Overlapping calls are served in order.
   * @returns the number of bytes; 0 only at the end, or if `target` is empty.
   */
  async read(target: ArrayBufferView, options: ReadOptions = {}): Promise<number> {
    this.#checkMine('read');
    const reading = new Reading(this.#endpoint, target, options);
    return this.#transfers.wait((wait) => reading.attempt(wait), readWaitOptions(options));
  }

  /** @internal Waits for bytes. Returns at most `most`, in memory of their own; null at the end. */
  async readChunk(most: number): Promise<Uint8Array<ArrayBuffer> | null> {
    this.#checkMine('read');
    this.#chunks ??= new ChunkSource(ReadEnd.of(this.#endpoint));
    const chunks = this.#chunks;
    const attempt = (wait: Wait): Uint8Array<ArrayBuffer> | null | undefined => {
      const chunk = chunks.next(most, wait);
      return chunk === kEnd ? null : chunk === kNotYet ? undefined : chunk;
    };
    return this.#transfers.wait(attempt, {});
  }

  /**
   * Reads as many bytes as are there into `target`, from its start, and blocks the thread until
   * there are at least `min` (default: 1). Nothing else runs on the thread meanwhile, so it is for
   * workers, and for programs that have nothing else to do. Throws `ERR_INVALID_STATE` while a
   * `read` or `peek` waits, and `ETIMEDOUT` after `timeout` ms.
   * @returns the number of bytes; 0 only at the end, or if `target` is empty.
   */
  readSync(target: ArrayBufferView, options: Omit<ReadOptions, 'signal'> = {}): number {
    this.#checkMine('read');
    this.#checkFirst('read');
    const reading = new Reading(this.#endpoint, target, options);
    return block(this.#endpoint, 'bytes', options, (wait) => reading.attempt(wait));
  }

  /**
   * Reads as many bytes as are there into `target`, from its start, without waiting.
   * @returns the number of bytes; 0 if nothing is there, at the end (then `ended` is true), or
   *   while a `read` or `peek` waits, which comes first.
   */
  tryRead(target: ArrayBufferView): number {
    this.#checkMine('read');
    const bytes = bytesOf(this.#endpoint, 'target', target);
    if (bytes.length === 0 || !this.#transfers.isIdle) return 0;
    const end = ReadEnd.of(this.#endpoint);
    return Math.max(0, end.read(bytes, 0, bytes.length, 1, Wait.Return));
  }

  /**
   * Writes all of `source`, and waits while the ring is full. What fits is in the ring before the
   * call returns its promise. Overlapping calls are served in order. If a write is aborted or times
   * out, the bytes that it has put into the ring stay there; `position` tells how many.
   */
  async write(source: ArrayBufferView, options: WaitOptions = {}): Promise<void> {
    this.#checkMine('write');
    const writing = new Writing(this.#endpoint, source);
    await this.#transfers.wait(() => writing.attempt(Wait.Arm), readWaitOptions(options));
  }

  /**
   * Writes all of `source`, and blocks the thread while the ring is full. Nothing else runs on the
   * thread meanwhile. Throws `ERR_INVALID_STATE` while a `write` or `reserve` waits, and
   * `ETIMEDOUT` after `timeout` ms; bytes that are in the ring by then stay there.
   */
  writeSync(source: ArrayBufferView, options: Omit<WaitOptions, 'signal'> = {}): void {
    this.#checkMine('write');
    this.#checkFirst('write');
    const writing = new Writing(this.#endpoint, source);
    block(this.#endpoint, 'space', options, (wait) => writing.attempt(wait));
  }

  /**
   * Writes as much of `source` as fits into the ring now, without waiting.
   * @returns the number of bytes; 0 if the ring is full, or while a `write` or `reserve` waits,
   *   which comes first.
   */
  tryWrite(source: ArrayBufferView): number {
    this.#checkMine('write');
    const bytes = bytesOf(this.#endpoint, 'source', source);
    if (!this.#transfers.isIdle) return 0;
    return WriteEnd.of(this.#endpoint).write(bytes, 0, bytes.length, 0, Wait.Return);
  }

  /**
   * Reads without copying: waits until at least `min` bytes (default: 1) are there, calls `fn` with
   * a view of all of them, and consumes as many as `fn` returns; the rest stays in the ring. The
   * view is the ring itself, and is detached when `fn` returns. If `fn` throws, nothing is
   * consumed, and the call fails with that exception.
   *
   * The writer's process can still store into the view: a value that was checked may have changed
   * when it is read again, so read each value once. While `fn` runs, the channel's other calls that
   * read fail with `ERR_INVALID_STATE`.
   * @returns what `fn` returned; 0 at the end, where `fn` is not called and `ended` is true.
   */
  async peek(fn: ViewFunction, options: ReadOptions = {}): Promise<number> {
    const min = this.#checkPeek(fn, options);
    const view = this.#ringView;
    return this.#transfers.wait((wait) => view.peek(fn, min, wait), readWaitOptions(options), true);
  }

  /**
   * Reads without copying: blocks the thread until at least `min` bytes (default: 1) are there,
   * calls `fn` with a view of all of them, and consumes as many as `fn` returns. If `fn` throws,
   * nothing is consumed. Throws `ERR_INVALID_STATE` while a `read` or `peek` waits, and `ETIMEDOUT`
   * after `timeout` ms.
   * @returns what `fn` returned; 0 at the end, where `fn` is not called and `ended` is true.
   */
  peekSync(fn: ViewFunction, options: Omit<ReadOptions, 'signal'> = {}): number {
    const min = this.#checkPeek(fn, options);
    this.#checkFirst('read');
    const view = this.#ringView;
    return block(this.#endpoint, 'bytes', options, (wait) => view.peek(fn, min, wait));
  }

  /**
   * Reads without copying and without waiting: if bytes are there, calls `fn` with a view of all of
   * them, and consumes as many as `fn` returns. If `fn` throws, nothing is consumed.
   * @returns what `fn` returned; 0, without calling it, if nothing is there, at the end (then
   *   `ended` is true), or while a `read` or `peek` waits.
   */
  tryPeek(fn: ViewFunction): number {
    this.#checkPeek(fn, {});
    if (!this.#transfers.isIdle) return 0;
    return this.#ringView.peek(fn, 1, Wait.Return) ?? 0;
  }

  /**
   * Writes without copying: waits until `size` bytes of the ring are free, calls `fn` with a view
   * of them, and publishes as many as `fn` returns. The view is the ring itself, holds old bytes at
   * first, and is detached when `fn` returns. If `fn` throws, nothing is published, and the call
   * fails with that exception.
   *
   * If the reader waits for `min` bytes at the same time, `min` and `size` together must fit in the
   * ring, or both wait for ever. While `fn` runs, the channel's other calls that write fail with
   * `ERR_INVALID_STATE`.
   * @param size in bytes: 1 up to the capacity.
   * @returns what `fn` returned.
   */
  async reserve(size: number, fn: ViewFunction, options: WaitOptions = {}): Promise<number> {
    this.#checkReserve(size, fn);
    const view = this.#ringView;
    const attempt = (): number | undefined => view.reserve(size, fn, Wait.Arm);
    return this.#transfers.wait(attempt, readWaitOptions(options), true);
  }

  /**
   * Writes without copying: blocks the thread until `size` bytes of the ring are free, calls `fn`
   * with a view of them, and publishes as many as `fn` returns. If `fn` throws, nothing is
   * published. Throws `ERR_INVALID_STATE` while a `write` or `reserve` waits, and `ETIMEDOUT` after
   * `timeout` ms.
   * @param size in bytes: 1 up to the capacity.
   * @returns what `fn` returned.
   */
  reserveSync(size: number, fn: ViewFunction, options: Omit<WaitOptions, 'signal'> = {}): number {
    this.#checkReserve(size, fn);
    this.#checkFirst('write');
    const view = this.#ringView;
    return block(this.#endpoint, 'space', options, (wait) => view.reserve(size, fn, wait));
  }

  /**
   * Writes without copying and without waiting: if `size` bytes of the ring are free, calls `fn`
   * with a view of them, and publishes as many as `fn` returns. If `fn` throws, nothing is
   * published.
   * @param size in bytes: 1 up to the capacity.
   * @returns what `fn` returned; 0, without calling it, if there is too little space, or while a
   *   `write` or `reserve` waits.
   */
  tryReserve(size: number, fn: ViewFunction): number {
    this.#checkReserve(size, fn);
    if (!this.#transfers.isIdle) return 0;
    return this.#ringView.reserve(size, fn, Wait.Return) ?? 0;
  }

  /**
   * Whether the views of `peek` and `reserve` are the ring itself. False where the runtime allows
   * JavaScript no memory but its own, as Electron does; then the views are copies.
   */
  get zeroCopy(): boolean {
    return canLend();
  }

  /**
   * Ends the stream: the reader gets every byte that was written, and then the end. Only for
   * writers (otherwise `EBADF`). Throws `ERR_INVALID_STATE` while a `write` or `reserve` waits,
   * since the reader would take the part that was written for the whole.
   */
  end(): void {
    this.#checkMine('write');
    if (this.mode === 'w') this.#checkFirst('write');
    WriteEnd.of(this.#endpoint).end();
  }

  /**
   * Closes this end: gives up the role at once, and settles when the memory is released. If a
   * writer has not called `end()`, its reader gets `ECONNRESET`; the writer of a reader that closes
   * gets `EPIPE`. Calls in progress fail with `EBADF`. Calling it again does no harm.
   */
  close(): Promise<void> {
    return this.closeBecause(null);
  }

  /** @internal close(), but calls in progress fail for this reason, if there is one. */
  closeBecause(reason: Error | null): Promise<void> {
    // What they wait for may be true by now, and cannot be checked any more afterwards.
    this.#peerWaits?.retry();
    this.#drainWaits?.retry();
    const closed = this.#endpoint.close();
    for (const queue of [this.#transfers, this.#peerWaits, this.#drainWaits]) queue?.close(reason);
    return closed;
  }

  /**
   * Settles once the peer has opened its end, even if it has left again. With `resume`, a peer that
   * had left before this end came does not count.
   */
  async waitForPeer(options: WaitOptions = {}): Promise<void> {
    const attempt = (): true | undefined => {
      this.#endpoint.checkForPeer();
      if (this.#endpoint.hasSeenPeer) return true;
      if (this.#endpoint.state !== 'open') throw this.#endpoint.failure(Status.Closed, 'wait');
      return undefined;
    };
    this.#peerWaits ??= new WaitQueue(this.#endpoint, 'peer');
    await this.#peerWaits.wait(attempt, readWaitOptions(options));
  }

  /**
   * Settles when the reader has consumed everything that was written. Only for writers (otherwise
   * `EBADF`). Rejects with `EPIPE` if the reader leaves before that.
   */
  async drained(options: WaitOptions = {}): Promise<void> {
    const attempt = (): true | undefined =>
      WriteEnd.of(this.#endpoint, 'wait').isDrainedOrArm() || undefined;
    this.#drainWaits ??= new WaitQueue(this.#endpoint, 'drained');
    await this.#drainWaits.wait(attempt, readWaitOptions(options));
  }

  /** Lets calls that wait keep the event loop alive, which is the default. */
  ref(): this {
    this.#endpoint.ref();
    return this;
  }

  /** Keeps this channel from holding the event loop, even while calls wait. */
  unref(): this {
    this.#endpoint.unref();
    return this;
  }

  /** Whether calls that wait keep the event loop alive, as `ref()` and `unref()` set it. */
  hasRef(): boolean {
    return this.#endpoint.hasRef();
  }

  /** The state of both ends and of the ring. After `close()`: their state when this end left. */
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

  /** A call that cannot wait its turn behind others is allowed only if none waits. */
  #checkFirst(syscall: 'read' | 'write'): void {
    if (this.#transfers.isIdle) return;
    throw this.#misuse(`an earlier ${syscall} is still waiting: await it first`, syscall);
  }

  #misuse(text: string, syscall: 'read' | 'write'): SmipcError {
    return this.#endpoint.misuse('ERR_INVALID_STATE', text, syscall);
  }

  /** Calls `close()` without waiting until the memory is released: for `using`. */
  [Symbol.dispose](): void {
    void this.close();
  }

  /** Calls `close()` and waits until the memory is released: for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
