/** A server, in the shape of `net.Server`. */
import { EventEmitter } from 'node:events';
import { holdLoop } from '../environment/environment.js';
import { checkObject, checkSignal, invalidArgType } from '../errors/arguments.js';
import { nextTick } from '../host/host.js';
import { checkPath } from './connect-options.js';
import type { Connection } from './connection.js';
import { Listener } from './listener.js';
import { Socket } from './socket.js';
import { readSocketSettings, type SocketOptions } from './socket-options.js';
import { type PlaceOptions, readTerms, type Terms } from './terms.js';

/** Options of `createServer()`: those of the sockets that it accepts. */
export interface ServerOptions extends Omit<SocketOptions, 'onread' | 'signal'> {
  /** Accepted sockets begin paused, so that they can be handed on unread. Default: false. */
  pauseOnConnect?: boolean | undefined;
}

/** Options of `listen()`. */
export interface ListenOptions extends PlaceOptions {
  /** The server's name. Only if it is not an argument of its own. */
  path?: string | undefined;
  /** Closes the server when it is aborted. */
  signal?: AbortSignal | undefined;
}

/** What `'drop'` tells. All are undefined, as for a Unix socket. */
export interface DroppedConnection {
  localAddress: undefined;
  localPort: undefined;
  localFamily: undefined;
  remoteAddress: undefined;
  remotePort: undefined;
  remoteFamily: undefined;
}

/**
 * A server to which clients connect by its name. Emits `'listening'`, `'connection'` with a `Socket`,
 * `'drop'` for a connection beyond `maxConnections`, `'error'`, and `'close'` once it is closed and
 * all its connections have ended.
 */
export class Server extends EventEmitter {
  /** How many connections there may be; more are dropped. undefined, null: no limit. */
  maxConnections: number | null | undefined;
  readonly #options: ServerOptions;
  #listener: Listener | undefined;
  #terms: Terms | undefined;
  readonly #sockets = new Set<Socket>();
  #isRefed = true;
  #holdsLoop = false;
  #isClosing = false;

  constructor(options?: ServerOptions | null, listener?: (socket: Socket) => void);
  constructor(listener?: (socket: Socket) => void);
  constructor(
    options?: ServerOptions | ((socket: Socket) => void) | null,
    listener?: (socket: Socket) => void,
  ) {
    super();
    const onConnection = typeof options === 'function' ? options : listener;
    this.#options = typeof options === 'function' ? {} : (options ?? {});
    checkObject('options', this.#options);
    readSocketSettings(this.#options);
    if (onConnection !== undefined) {
      if (typeof onConnection !== 'function') {
        throw invalidArgType('connectionListener', 'a function', onConnection);
      }
      this.on('connection', onConnection);
    }
  }

  /**
   * Listens at a name: `listen(name[, options][, listener])`, or `listen({ path: name, … }[,
   * listener])`. Emits `'listening'`, or `'error'`: `EADDRINUSE` (with `pid`) while another server
   * has the name, `ERR_SMIPC_INCOMPATIBLE` if it is that of a channel, `EACCES`, `ENOSPC` and other
   * errors of limits. A server that was killed leaves nothing that is in the way.
   */
  listen(name: string, options?: ListenOptions, listener?: () => void): this;
  listen(name: string, listener?: () => void): this;
  listen(options: ListenOptions & { path: string }, listener?: () => void): this;
  listen(...values: unknown[]): this {
    if (this.#listener !== undefined) {
      throw nodeError('ERR_SERVER_ALREADY_LISTEN', 'Listen method has been called more than once');
    }
    const last = values.at(-1);
    const { name, options } = splitListenArguments(values);
    const { framing } = readSocketSettings(this.#options);
    const terms = readTerms(name, framing, options);
    const { signal } = options;
    if (signal !== undefined) checkSignal('options.signal', signal);
    if (typeof last === 'function') this.once('listening', last as () => void);
    if (signal?.aborted) {
      this.close();
      return this;
    }
    try {
      this.#listener = Listener.open(terms, {
        accept: (connection) => this.#accept(connection),
        failed: (error) => this.emit('error', error),
      });
    } catch (error) {
      nextTick(() => this.emit('error', error));
      return this;
    }
    this.#terms = terms;
    this.#isClosing = false;
    this.#settle();
    if (signal !== undefined) {
      const close = (): void => void this.close();
      signal.addEventListener('abort', close, { once: true });
      this.once('close', () => signal.removeEventListener('abort', close));
    }
    nextTick(() => {
      if (this.listening) this.emit('listening');
    });
    return this;
  }

  get listening(): boolean {
    return this.#listener !== undefined;
  }

  /** The name at which it listens; null: it does not. */
  address(): string | null {
    return this.#listener === undefined ? null : (this.#terms?.name ?? null);
  }

  #accept(connection: Connection): void {
    const most = this.maxConnections;
    if (most != null && this.#sockets.size >= most) {
      connection.end();
      void connection.writer.close();
      void connection.reader.close();
      this.emit('drop', kNowhere);
      return;
    }
    const socket = Socket.accepted(connection, this.#options, this);
    this.#sockets.add(socket);
    socket.once('close', () => this.#noteClosed(socket));
    this.emit('connection', socket);
  }

  #noteClosed(socket: Socket): void {
    this.#sockets.delete(socket);
    this.#closeIfDone();
  }

  /** Asks for the number of connections, as `net.Server` does. */
  getConnections(callback: (error: Error | null, count: number) => void): this {
    if (typeof callback !== 'function') throw invalidArgType('callback', 'a function', callback);
    const count = this.#sockets.size;
    nextTick(() => callback(null, count));
    return this;
  }

  /**
   * Takes no more connections; those that are there stay. `'close'` is emitted, and `callback` called,
   * when all have ended; with `ERR_SERVER_NOT_RUNNING` if the server did not listen.
   */
  close(callback?: (error?: Error) => void): this {
    if (typeof callback === 'function') {
      if (this.#listener !== undefined) {
        this.once('close', () => callback());
      } else {
        this.once('close', () => {
          callback(nodeError('ERR_SERVER_NOT_RUNNING', 'Server is not running.'));
        });
      }
    }
    this.#listener?.leave();
    this.#listener = undefined;
    this.#isClosing = true;
    this.#settle();
    this.#closeIfDone();
    return this;
  }

  #closeIfDone(): void {
    if (!this.#isClosing || this.#listener !== undefined || this.#sockets.size > 0) return;
    this.#isClosing = false;
    nextTick(() => this.emit('close'));
  }

  /** Closes the server; settles when its connections have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#listener === undefined) return;
    await new Promise<void>((resolve, reject) => {
      this.close((error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  /** Lets a listening server keep the event loop alive, which is the default. */
  ref(): this {
    this.#isRefed = true;
    this.#settle();
    return this;
  }

  unref(): this {
    this.#isRefed = false;
    this.#settle();
    return this;
  }

  #settle(): void {
    const holdsLoop = this.#isRefed && this.#listener !== undefined;
    if (holdsLoop === this.#holdsLoop) return;
    this.#holdsLoop = holdsLoop;
    holdLoop(holdsLoop ? 1 : -1);
  }
}

const kNowhere: DroppedConnection = {
  localAddress: undefined,
  localPort: undefined,
  localFamily: undefined,
  remoteAddress: undefined,
  remotePort: undefined,
  remoteFamily: undefined,
};

function splitListenArguments(values: readonly unknown[]): {
  name: string;
  options: ListenOptions;
} {
  const [first, second] = values;
  if (typeof first === 'object' && first !== null) {
    const options: ListenOptions = first;
    return { name: checkPath('options.path', options.path, options), options };
  }
  const name = checkPath('path', first, { port: first });
  const hasOptions = typeof second === 'object' && second !== null;
  return { name, options: hasOptions ? second : {} };
}

/** An error of Node's own for servers. */
function nodeError(code: string, text: string): Error {
  return Object.assign(new Error(text), { code });
}
