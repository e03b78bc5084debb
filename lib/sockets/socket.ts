/** A connection as a Node Duplex, in the shape of `net.Socket`. */
import { Duplex } from 'node:stream';
import type { Expectation } from '../endpoint/expectations.js';
import { checkDuration, invalidArgType } from '../errors/arguments.js';
import { SmipcError } from '../errors/errors.js';
import { nextTick } from '../host/host.js';
import { kLongestTimeout } from '../options/options.js';
import type { Callback } from '../sides/writer-side.js';
import { destroyOnAbort } from '../streams/stream-owner.js';
import { ActivityTimeout } from './activity-timeout.js';
import { type ConnectOptions, readConnectArguments } from './connect-options.js';
import type { Connection } from './connection.js';
import { Dialling } from './dialling.js';
import { LostWrite } from './lost-write.js';
import { NetShape } from './net-shape.js';
import { readSocketSettings, type SocketOptions, type SocketSettings } from './socket-options.js';
import { type Sides, sidesOf } from './socket-sides.js';
import type { Terms } from './terms.js';

/** How a socket is at the moment, as `net.Socket` says it. */
export type ReadyState = 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed';

/** A server that has accepted a socket, as the socket knows it. */
export interface SocketServer {
  close(callback?: (error?: Error) => void): unknown;
}

/**
 * One side of a connection between a client and a server: a Duplex with the members of
 * `net.Socket`. `connect()` makes one for a client, a `Server` for each client that comes.
 *
 * It differs from `net.Socket` where shared memory differs from the network. Bytes that were written
 * before a peer died arrive first; then the socket is destroyed with `ECONNRESET`, whether it reads,
 * writes or idles. `destroy()` without an error ends the stream for the peer, as over `net`, unless
 * something that was written is lost by it; `destroy(error)` and `resetAndDestroy()` reset the
 * connection.
 */
export class Socket extends NetShape {
  /** The server that has accepted it; null: it is a client's. */
  server: SocketServer | null = null;
  /** The limit of `setTimeout()`, in milliseconds; undefined: it was never set. */
  timeout: number | undefined;
  readonly #settings: SocketSettings;
  #sides: Sides | undefined;
  #dialling: Dialling | undefined;
  #isConnecting = false;
  #isRefed = true;
  /** The peer is to see a reset, not an end. */
  #isResetting = false;
  /** What Node has asked for before there was a connection. */
  #isAskedToRead = false;
  #waiting: { run: (sides: Sides) => void; callback: Callback } | undefined;
  /** Made when they are needed first, so that idle sockets are small. */
  #activity: ActivityTimeout | undefined;
  #lostWrite: LostWrite | undefined;
  /** Holds the event loop while the connection is open. */
  readonly #expectation: Expectation = { isActive: false, holdsLoop: true };
  readonly #remoteAddress: string | undefined;
  #hadError = false;
  /** What is above ends it, and may write after that: see leaveEndToLayer(). */
  #isUnderLayer = false;
  /** A call of end() is Node's, and is not to count. */
  #isEndOfLayer = false;
  /** 'close' is being emitted, or has been. */
  #isClosed = false;

  constructor(options?: SocketOptions | null) {
    const settings = readSocketSettings(options ?? {});
    super({
      allowHalfOpen: settings.allowHalfOpen,
      readableObjectMode: settings.framing !== 'bytes',
      writableObjectMode: settings.framing === 'objects',
      readableHighWaterMark: settings.readableHighWaterMark,
      writableHighWaterMark: settings.writableHighWaterMark,
      emitClose: false,
      autoDestroy: true,
    });
    this.#settings = settings;
    this.#remoteAddress = settings.remoteAddress;
    destroyOnAbort(this, settings.signal);
  }

  /** @internal A server's side of a connection. */
  static accepted(connection: Connection, options: SocketOptions, server: SocketServer): Socket {
    const socket = new Socket(options);
    socket.server = server;
    if (socket.#settings.pauseOnConnect) socket.pause();
    socket.#attach(connection);
    return socket;
  }

  // --- connecting -------------------------------------------------------------------------------

  /**
   * Connects to a server by its name: `connect(name[, options][, listener])`, or `connect({ path:
   * name, … }[, listener])`. Emits `'connect'`, or `'error'`: `ENOENT` if there is no such name,
   * `ECONNREFUSED` if nobody listens there any more, `EACCES`, `ETIMEDOUT`,
   * `ERR_SMIPC_INCOMPATIBLE`, and errors of limits that `SmipcError` lists.
   *
   * After 'close' it can be called again. For clients that are given a connected stream and call
   * `connect(port, host)` all the same: a socket that is connected, or on its way, ignores a port, and
   * emits `'connect'` later.
   */
  connect(name: string, options?: ConnectOptions, listener?: () => void): this;
  connect(name: string, listener?: () => void): this;
  connect(options: ConnectOptions & { path: string }, listener?: () => void): this;
  connect(port: number, host?: string, listener?: () => void): this;
  connect(...values: unknown[]): this {
    const last = values.at(-1);
    if (typeof last === 'function') this.once('connect', last as () => void);
    if (this.#isGivenPort(values[0])) {
      if (!this.#isConnecting) nextTick(() => this.emit('connect'));
      return this;
    }
    const { terms, wait, timeout } = readConnectArguments(values, this.#settings.framing);
    if (!this.#canConnect(terms)) return this;
    if (timeout !== undefined || this.timeout) this.setTimeout(timeout ?? this.timeout ?? 0);
    this.#isConnecting = true;
    this.#dialling = new Dialling(terms, wait, {
      connection: (connection) => this.#attach(connection),
      done: () => this.#connected(),
      failed: (error) => this.destroy(error),
    });
    if (!this.#isRefed) this.#dialling.unref();
    this.#dialling.start();
    return this;
  }

  /** Whether it is connected, or on its way, and a port is asked for. */
  #isGivenPort(place: unknown): boolean {
    const isPort = typeof place === 'number' || hasPort(place);
    return isPort && !this.destroyed && (this.#sides !== undefined || this.#isConnecting);
  }

  /** Makes a closed socket a new one. False: it is aborted for good. */
  #canConnect({ name: channel }: Terms): boolean {
    const fields = { syscall: 'connect' as const, channel };
    if (!this.destroyed) {
      if (this.#sides === undefined && !this.#isConnecting) return true;
      throw new SmipcError('EISCONN', 'the socket is connected already', fields);
    }
    if (this.#settings.signal?.aborted) return false;
    if (!this.#isClosed) {
      const text = "the socket is being closed: connect it again after 'close'";
      throw new SmipcError('EISCONN', text, fields);
    }
    this.#reset();
    return true;
  }

  #reset(): void {
    undestroy.call(this);
    this.#sides?.receiver.detach();
    this.#sides = undefined;
    this.#isClosed = false;
    this.#isResetting = false;
    this.#isAskedToRead = false;
    this.#hadError = false;
  }

  /** The server has been called: what is written is on its way. */
  #connected(): void {
    if (!this.#isConnecting || this.destroyed) return;
    this.#isConnecting = false;
    this.#dialling = undefined;
    try {
      this.emit('connect');
      this.emit('ready');
    } finally {
      this.#beginReading();
    }
  }

  /** Not before 'connect', although bytes may have come already. */
  #beginReading(): void {
    const receiver = this.#sides?.receiver;
    if (this.destroyed || receiver === undefined) return;
    receiver.begin();
    if (this.#isAskedToRead) receiver._read();
    else if (!this.isPaused()) this.read(0);
  }

  #attach(connection: Connection): void {
    this.#sides = sidesOf(connection, this.#settings, this);
    if (!this.#isRefed) this.unref();
    this.#expectation.isActive = true;
    connection.reader.expect(this.#expectation);
    if (!this.#isConnecting) this.#beginReading();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.#give(this.#sides, waiting.run);
  }

  /** Whether `connect()` was called, and the connection is not there yet. */
  get connecting(): boolean {
    return this.#isConnecting;
  }

  /** Whether there is no connection yet, or no longer. */
  get pending(): boolean {
    return this.#isConnecting || this.#sides === undefined || this.destroyed;
  }

  get readyState(): ReadyState {
    if (this.#isConnecting) return 'opening';
    if (this.readable && this.writable) return 'open';
    if (this.readable) return 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  // --- what the connection tells -----------------------------------------------------------------

  /** @internal */
  noteActivity(): void {
    this.#activity?.refresh();
  }

  /** @internal */
  takeReset(loss: Error): void {
    this.destroy(loss);
  }

  /** @internal */
  takeWriteLoss(_loss: Error): void {
    // The reader's side tells how the peer has gone, once everything that it wrote has been read.
    if (this.readableLength === 0 && !this.readableEnded) this.#sides?.reader.request();
  }

  // --- state ------------------------------------------------------------------------------------

  /** How many bytes have been taken out of the ring, including the lengths of messages. */
  get bytesRead(): number {
    return this.#sides?.reader.bytesMoved ?? 0;
  }

  /** How many bytes were written, including those that queue here. */
  get bytesWritten(): number {
    const queued = this.writableObjectMode ? 0 : this.writableLength;
    return (this.#sides?.writer.bytesMoved ?? 0) + queued;
  }

  /** undefined, as of a Unix socket, unless an option says otherwise. */
  get remoteAddress(): string | undefined {
    return this.#remoteAddress;
  }

  /** The id of the process at the other end, as its own PID namespace counts; undefined: unknown. */
  get remotePid(): number | undefined {
    return this.#sides?.connection.peerPid;
  }

  // --- settings ---------------------------------------------------------------------------------

  /**
   * Emits `'timeout'` when nothing was read or written for `ms` milliseconds; 0: never. Does nothing
   * else: the program decides. It does not keep the event loop alive.
   */
  setTimeout(ms: number, listener?: () => void): this {
    const limit = checkDuration('msecs', ms, kLongestTimeout);
    if (listener !== undefined && typeof listener !== 'function') {
      throw invalidArgType('callback', 'a function', listener);
    }
    this.timeout = limit;
    this.#activity?.stop();
    if (limit === 0) {
      if (listener !== undefined) this.removeListener('timeout', listener);
      return this;
    }
    if (!this.destroyed) {
      this.#activity ??= new ActivityTimeout(
        () => (this.writableLength > 0 ? this.#sides?.writer.bytesMoved : undefined),
        () => this.emit('timeout'),
      );
      this.#activity.start(limit);
    }
    if (listener !== undefined) this.once('timeout', listener);
    return this;
  }

  /** Lets the connection keep the event loop alive, which is the default. */
  ref(): this {
    this.#isRefed = true;
    this.#dialling?.ref();
    this.#sides?.reader.ref();
    this.#sides?.writer.ref();
    return this;
  }

  unref(): this {
    this.#isRefed = false;
    this.#dialling?.unref();
    this.#sides?.reader.unref();
    this.#sides?.writer.unref();
    return this;
  }

  /** Whether the connection may keep the event loop alive, as `ref()` and `unref()` set it. */
  hasRef(): boolean {
    return this.#isRefed;
  }

  // --- Node's methods ---------------------------------------------------------------------------

  override _read(): void {
    if (this.#sides === undefined || this.#isConnecting) this.#isAskedToRead = true;
    else this.#sides.receiver._read();
  }

  override read(size?: number): ReturnType<Duplex['read']> {
    return this.#sides === undefined ? super.read(size) : this.#sides.receiver.read(size);
  }

  override pipe<Destination extends NodeJS.WritableStream>(
    destination: Destination,
    options?: { end?: boolean | undefined },
  ): Destination {
    const sides = this.#sides;
    return sides === undefined
      ? super.pipe(destination, options)
      : sides.receiver.pipe(destination, options);
  }

  override pause(): this {
    if (this.#sides === undefined) super.pause();
    else this.#sides.receiver.pause();
    // It may be paused until the write is done.
    this.#lostWrite?.settle();
    return this;
  }

  override resume(): this {
    if (this.#sides === undefined) super.resume();
    else this.#sides.receiver.resume();
    return this;
  }

  /**
   * @internal For a socket under TLS, or another layer, which says goodbye after the peer's end, and
   * ends the socket then: Node would have ended it before.
   */
  leaveEndToLayer(): void {
    this.#isUnderLayer = true;
    this.once('end', () => {
      // Node does so in the tick after this one.
      nextTick(() => {
        this.#isEndOfLayer = true;
        nextTick(() => {
          this.#isEndOfLayer = false;
        });
      });
    });
  }

  override end(...values: unknown[]): this {
    if (this.#isEndOfLayer && values.length === 0) return this;
    return super.end(...(values as []));
  }

  /** After the end of both directions it is the peer that has left; that is no bug of the program's. */
  override write(
    chunk: unknown,
    encoding?: BufferEncoding | Callback | undefined,
    callback?: Callback,
  ): boolean {
    const isOver = this.writableEnded && this.readableEnded && !this.allowHalfOpen;
    if (!isOver) return super.write(chunk, encoding as BufferEncoding, callback);
    const given = typeof encoding === 'function' ? encoding : callback;
    if (this.#isUnderLayer) {
      if (given !== undefined) nextTick(() => given());
      return true;
    }
    const error = endedError();
    if (given !== undefined) nextTick(() => given(error));
    this.destroy(error);
    return false;
  }

  override _write(chunk: unknown, _encoding: BufferEncoding, callback: Callback): void {
    const written = this.#written(callback);
    const behind = this.#countBehind();
    this.#whenAttached(({ writer }) => writer.write(chunk, written, behind()), callback);
  }

  override _writev(chunks: { chunk: unknown }[], callback: Callback): void {
    const written = this.#written(callback);
    const behind = this.#countBehind();
    this.#whenAttached(({ writer }) => writer.writeAll(chunks, written, behind()), callback);
  }

  override _final(callback: Callback): void {
    this.#whenAttached(({ writer }) => writer.finish(callback), callback);
  }

  /** Tells how much has queued behind a write that is handed over now, and waits for the connection. */
  #countBehind(): () => number {
    const { writableLength } = this;
    return () => this.writableLength - writableLength;
  }

  #whenAttached(run: (sides: Sides) => void, callback: Callback): void {
    if (this.#sides === undefined) this.#waiting = { run, callback };
    else this.#give(this.#sides, run);
  }

  /** What the peer is given it may answer. */
  #give(sides: Sides, run: (sides: Sides) => void): void {
    run(sides);
    sides.connection.expectMore();
  }

  #written(callback: Callback): Callback {
    this.noteActivity();
    return (error) => {
      if (error == null) {
        this.noteActivity();
        callback();
      } else if ((error as NodeJS.ErrnoException).code === 'EPIPE' && !this.destroyed) {
        this.#lostWrite ??= new LostWrite(this);
        this.#lostWrite.add(error, callback);
      } else {
        callback(error);
      }
    };
  }

  /** @internal */
  resetError(): Error | undefined {
    return this.#sides?.connection.resetError();
  }

  /** Destroys the socket when everything that was written is on its way. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** Closes the connection at once, so that the peer gets `ECONNRESET` and not an end. */
  resetAndDestroy(): this {
    this.#isResetting = true;
    return this.destroy();
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#activity?.stop();
    this.#isConnecting = false;
    this.#hadError = error !== null;
    this.#dialling?.stop();
    const done: Callback = (failure) => {
      callback(failure);
      // After 'error', which is emitted in the next tick.
      nextTick(() => {
        this.#isClosed = true;
        this.emit('close', this.#hadError);
      });
    };
    const waiting = this.#waiting;
    this.#waiting = undefined;
    const sides = this.#sides;
    if (sides === undefined) {
      waiting?.callback(error ?? closedError());
      done(error);
      return;
    }
    this.#lostWrite?.drop();
    const { connection, reader, writer } = sides;
    this.#expectation.isActive = false;
    if (connection.reader.state === 'open') connection.reader.expect(this.#expectation);
    // An end, if nothing that was written is lost by it.
    const isEnd = !isFailure(error) && !this.#isResetting && this.writableLength === 0;
    if (isEnd) connection.end();
    let left = 2;
    const closed: Callback = () => {
      left--;
      if (left === 0) done(error);
    };
    // The writer first: a peer that sees that nobody reads is to see that there was no end, too.
    writer.abort(error, closed);
    reader.abort(error, closed);
  }
}

/** Node's own, which net.Socket uses for the same. */
const { _undestroy: undestroy } = Duplex.prototype as unknown as { _undestroy(): void };

/** Leaving a `for await` destroys a stream with an AbortError of Node's own: that of a signal has a cause. */
function isFailure(error: Error | null): boolean {
  if (error === null) return false;
  return (error as NodeJS.ErrnoException).code !== 'ABORT_ERR' || error.cause !== undefined;
}

function hasPort(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'port' in value && !('path' in value);
}

/** As Node fails a write after the peer's end and ours. */
function endedError(): Error {
  const error = new Error('This socket has been ended by the other party');
  return Object.assign(error, { code: 'EPIPE' });
}

/** As Node fails what was to be written on a socket that is closed before it has connected. */
function closedError(): Error {
  const error = new Error('Socket closed before the connection was established');
  return Object.assign(error, { code: 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION' });
}
