/** Stands for the sockets over channels until they are there: the same shape, over Unix sockets. */
import type { Buffer } from 'node:buffer';
import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { clearTimeout, setTimeout } from '../host/host.js';

export interface ListenOptions {
  /** The directory that holds the channels. */
  dir?: string | undefined;
  /** Closes the server. */
  signal?: AbortSignal | undefined;
}

export interface ServerOptions {
  /** Default: false. */
  allowHalfOpen?: boolean | undefined;
  /** Default: false. */
  pauseOnConnect?: boolean | undefined;
}

export interface ConnectOptions {
  /** The directory that holds the channels. */
  dir?: string | undefined;
  /** Waits for a server that is not there yet. Default: false. */
  wait?: boolean | undefined;
  /** Destroys the socket. */
  signal?: AbortSignal | undefined;
  /** As `setTimeout()` of the socket. */
  timeout?: number | undefined;
  /** Size of the ring in bytes. */
  capacity?: number | undefined;
  /** Default: false. */
  allowHalfOpen?: boolean | undefined;
}

type WriteCallback = (error?: Error | null) => void;

function pathOf(name: string, dir = join(tmpdir(), 'smipc-stand-in')): string {
  mkdirSync(dir, { recursive: true });
  return join(dir, name);
}

export class Socket extends Duplex {
  #inner: net.Socket;
  connecting: boolean;
  timeout = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly remoteAddress: string | undefined = undefined;
  readonly localAddress: string | undefined = undefined;

  constructor(inner: net.Socket, allowHalfOpen: boolean, signal?: AbortSignal) {
    super({ allowHalfOpen, ...(signal === undefined ? {} : { signal }) });
    this.#inner = inner;
    this.connecting = inner.connecting;
    this.attach(inner);
  }

  private attach(inner: net.Socket): void {
    this.#inner = inner;
    inner.on('connect', () => {
      this.connecting = false;
      this.emit('connect');
      this.emit('ready');
    });
    inner.on('data', (chunk: Buffer) => {
      this.#touch();
      if (!this.push(chunk)) inner.pause();
    });
    inner.on('end', () => this.push(null));
    inner.on('error', (error) => {
      if (inner.listenerCount('error') === 1) this.destroy(error);
    });
  }

  /** Tries again until somebody listens. */
  retry(path: string): void {
    const inner = this.#inner;
    const onError = ({ code }: NodeJS.ErrnoException) => {
      if (this.destroyed || !/^(ENOENT|ECONNREFUSED)$/.test(code ?? '')) return;
      setTimeout(() => {
        if (this.destroyed) return;
        const next = net.connect({ path, allowHalfOpen: true });
        this.attach(next);
        this.retry(path);
      }, 5);
    };
    inner.on('error', onError);
    inner.once('connect', () => inner.off('error', onError));
  }

  #touch(): void {
    clearTimeout(this.#timer);
    if (this.timeout === 0 || this.destroyed) return;
    this.#timer = setTimeout(() => this.emit('timeout'), this.timeout).unref();
  }

  get pending(): boolean {
    return this.connecting;
  }
  get readyState(): string {
    if (this.connecting) return 'opening';
    if (this.readable && this.writable) return 'open';
    if (this.readable) return 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }
  get bytesRead(): number {
    return this.#inner.bytesRead;
  }
  get bytesWritten(): number {
    return this.#inner.bytesWritten;
  }
  setTimeout(timeout: number, callback?: () => void): this {
    this.timeout = timeout;
    this.#touch();
    if (callback !== undefined) {
      if (timeout === 0) this.off('timeout', callback);
      else this.once('timeout', callback);
    }
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  ref(): this {
    this.#inner.ref();
    return this;
  }
  unref(): this {
    this.#inner.unref();
    return this;
  }
  address(): object {
    return {};
  }
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', this.destroy);
  }
  resetAndDestroy(): this {
    return this.destroy();
  }

  override _read(): void {
    this.#inner.resume();
  }
  #whenConnected(task: () => void): void {
    if (this.connecting) this.once('connect', task);
    else task();
  }
  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void {
    this.#whenConnected(() =>
      this.#inner.write(chunk, (error) => {
        this.#touch();
        callback(error);
      }),
    );
  }
  override _final(callback: WriteCallback): void {
    this.#whenConnected(() => this.#inner.end(() => callback()));
  }
  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.connecting = false;
    clearTimeout(this.#timer);
    this.#inner.destroy();
    callback(error);
  }
}

export class Server extends EventEmitter {
  readonly #inner: net.Server;
  #name: string | null = null;

  constructor(options: ServerOptions = {}, listener?: (socket: Socket) => void) {
    super();
    const pauseOnConnect = options.pauseOnConnect ?? false;
    this.#inner = net.createServer({ allowHalfOpen: true, pauseOnConnect }, (inner) => {
      this.emit('connection', new Socket(inner, options.allowHalfOpen ?? false));
    });
    for (const event of ['listening', 'error', 'close']) {
      this.#inner.on(event, (...args) => this.emit(event, ...args));
    }
    if (listener !== undefined) this.on('connection', listener);
  }

  get listening(): boolean {
    return this.#inner.listening;
  }
  listen(name: string, options: ListenOptions = {}, callback?: () => void): this {
    this.#name = name;
    if (callback !== undefined) this.once('listening', callback);
    const { signal } = options;
    this.#inner.listen({ path: pathOf(name, options.dir), ...(signal && { signal }) });
    return this;
  }
  close(callback?: (error?: Error) => void): this {
    this.#inner.close(callback);
    return this;
  }
  address(): string | null {
    return this.listening ? this.#name : null;
  }
  ref(): this {
    this.#inner.ref();
    return this;
  }
  unref(): this {
    this.#inner.unref();
    return this;
  }
}

export function createServer(options?: ServerOptions, listener?: (socket: Socket) => void): Server {
  return new Server(options, listener);
}

export function connect(name: string, options: ConnectOptions = {}, callback?: () => void): Socket {
  const path = pathOf(name, options.dir);
  const inner = net.connect({ path, allowHalfOpen: true });
  const socket = new Socket(inner, options.allowHalfOpen ?? false, options.signal);
  if (options.wait === true) socket.retry(path);
  if (options.timeout !== undefined) socket.setTimeout(options.timeout);
  if (callback !== undefined) socket.once('connect', callback);
  return socket;
}
