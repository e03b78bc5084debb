import type { Server as NodeServer } from 'node:net';
import type { Server } from '../sockets/server.js';
import type { Socket } from '../sockets/socket.js';

/** The servers of shared memory from which a server of Node's gets connections: its places. */
export class ListeningPlaces {
  readonly #server: NodeServer;
  /** Those that listen, will listen, or have connections left. */
  readonly #places = new Set<Server>();
  /** Those that were told to close. A second close() would let them emit `'close'` once more. */
  readonly #closing = new WeakSet<Server>();
  readonly #connections = new Set<Socket>();
  #isRunning = false;
  /** `'listening'` has been emitted since it runs. */
  #isAnnounced = false;
  #whenEmpty: (() => void) | undefined;

  constructor(server: NodeServer) {
    this.#server = server;
  }

  /** From the first place until `closeAll()`, even if the places have been closed one by one. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  get connections(): number {
    return this.#connections.size;
  }

  get all(): Iterable<Server> {
    return this.#places;
  }

  /** The first place that listens. */
  get listening(): Server | undefined {
    return [...this.#places].find((place) => place.listening);
  }

  /** Whether the server has a port, or a path of its own, at which it listens. */
  get isServerListening(): boolean {
    return Reflect.get(Object.getPrototypeOf(this.#server), 'listening', this.#server) === true;
  }

  add(place: Server): void {
    this.#join(place);
    place.on('listening', () => {
      // Again, if it has been closed, or could not listen before.
      this.#join(place);
      this.#announce();
    });
    place.on('close', () => this.#leave(place));
    place.on('error', (error: Error) => {
      if (!place.listening) this.#fail(place);
      if (place.listenerCount('error') === 1) this.#server.emit('error', error);
    });
    this.#closeIdleWith(place);
  }

  /** Counts a new connection, unless the server has as many as it wants. */
  admit(socket: Socket): boolean {
    const { maxConnections } = this.#server;
    if (typeof maxConnections === 'number' && this.#connections.size >= maxConnections) {
      socket.destroy();
      this.#server.emit('drop');
      return false;
    }
    this.#connections.add(socket);
    socket.once('close', () => this.#connections.delete(socket));
    return true;
  }

  closeAll(): void {
    this.#isRunning = false;
    this.#isAnnounced = false;
    for (const place of this.#places) if (!this.#closing.has(place)) place.close();
  }

  /** Calls `task` when the last place has closed. Answers false, and does not, if there is none. */
  defer(task: () => void): boolean {
    if (this.#places.size === 0) return false;
    this.#whenEmpty = task;
    return true;
  }

  #join(place: Server): void {
    this.#closing.delete(place);
    this.#places.add(place);
    this.#isRunning = true;
  }

  #leave(place: Server): void {
    this.#places.delete(place);
    if (this.#places.size > 0) return;
    const task = this.#whenEmpty;
    this.#whenEmpty = undefined;
    task?.();
  }

  /** It could not listen. A server with no other place has never run. */
  #fail(place: Server): void {
    this.#leave(place);
    if (this.#places.size === 0) this.#isRunning = false;
  }

  /** http keeps track of connections, and so of time limits, from `'listening'` on. */
  #announce(): void {
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    if (!this.isServerListening) this.#server.emit('listening');
  }

  /**
   * A place that is closed alone would wait for clients that keep their connections for later. If the
   * server has no other one, it will not listen any more, and does what its own close() does first.
   */
  #closeIdleWith(place: Server): void {
    const close = place.close;
    place.close = (callback) => {
      this.#closing.add(place);
      close.call(place, callback);
      if (this.listening === undefined && !this.isServerListening) {
        closeIdleConnections(this.#server);
      }
      return place;
    };
  }
}

/** Of http and https, and of http2 with `allowHTTP1`. */
function closeIdleConnections(server: NodeServer & { closeIdleConnections?(): void }): void {
  server.closeIdleConnections?.();
}
