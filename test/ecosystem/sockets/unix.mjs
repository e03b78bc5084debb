/**
 * What `smipc/net` and `smipc/http` offer, over Unix sockets: the measure for them. Of two kinds: `unix`
 * hands over Node's own sockets; `wrapped` a Duplex with their members, so that what a library does
 * differently for a Duplex shows without smipc.
 */
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';

const kFolder = process.env.SOCKETS_DIR ?? tmpdir();

/** Members that are the inner socket's. */
const kRead = [
  ...['bytesRead', 'bytesWritten', 'connecting', 'localAddress', 'localFamily', 'localPort'],
  ...['pending', 'readyState', 'remoteAddress', 'remoteFamily', 'remotePort', 'timeout'],
];

/** A Duplex with the members of a `net.Socket`, that is none. */
class Wrapped extends Duplex {
  #inner;

  /** @param {net.Socket} inner @param {{ allowHalfOpen?: boolean }} [options] */
  constructor(inner, { allowHalfOpen = false } = {}) {
    super({ allowHalfOpen, decodeStrings: true });
    this.#inner = inner;
    inner.pause();
    inner.on('data', (bytes) => {
      if (!this.push(bytes)) inner.pause();
    });
    inner.once('end', () => this.push(null));
    inner.once('error', (error) => this.destroy(error));
    inner.once('close', () => this.destroy());
    for (const event of ['connect', 'timeout']) inner.on(event, () => this.emit(event));
    for (const member of kRead) {
      Object.defineProperty(this, member, { get: () => Reflect.get(inner, member) });
    }
  }

  /** @override */
  _read() {
    this.#inner.resume();
  }

  /** @override @type {Duplex['_write']} */
  _write(chunk, _encoding, callback) {
    this.#inner.write(chunk, callback);
  }

  /** @override @type {NonNullable<Duplex['_writev']>} */
  _writev(chunks, callback) {
    this.#inner.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), callback);
  }

  /** @override @type {Duplex['_final']} */
  _final(callback) {
    this.#inner.end(() => callback());
  }

  /** @override @type {Duplex['_destroy']} */
  _destroy(error, callback) {
    if (this.#inner.destroyed) return callback(error);
    this.#inner.once('close', () => callback(error));
    this.#inner.destroy();
  }

  connect() {
    setImmediate(() => this.emit('connect'));
    return this;
  }

  destroySoon() {
    this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  resetAndDestroy() {
    return this.destroy();
  }

  /** @param {number} ms @param {() => void} [callback] */
  setTimeout(ms, callback) {
    this.#inner.setTimeout(ms);
    if (callback !== undefined) {
      if (ms === 0) this.off('timeout', callback);
      else this.once('timeout', callback);
    }
    return this;
  }

  setKeepAlive() {
    return this;
  }

  setNoDelay() {
    return this;
  }

  ref() {
    this.#inner.ref();
    return this;
  }

  unref() {
    this.#inner.unref();
    return this;
  }

  address() {
    return {};
  }
}

/** @param {string} name */
const pathOf = (name) => join(kFolder, `${name}.sock`);

/** @param {boolean} wraps */
export function transport(wraps) {
  /** @param {string} name @param {{ allowHalfOpen?: boolean }} [options] */
  function connect(name, options = {}) {
    const socket = net.connect({ ...options, path: pathOf(name) });
    return wraps ? new Wrapped(socket, options) : socket;
  }

  /**
   * @param {{ allowHalfOpen?: boolean }} options
   * @param {(socket: import('node:stream').Duplex) => void} listener
   */
  function createServer(options, listener) {
    const server = net.createServer(options, (socket) =>
      listener(wraps ? new Wrapped(socket, options) : socket),
    );
    const listen = server.listen.bind(server);
    return Object.assign(server, {
      listen: (/** @type {string} */ name, /** @type {() => void} */ callback) =>
        listen(pathOf(name), callback),
    });
  }

  class Agent extends http.Agent {
    #name;

    /** @param {http.AgentOptions & { path: string }} options */
    constructor({ path, ...options }) {
      super(options);
      this.#name = path;
    }

    /** @override */
    createConnection() {
      return connect(this.#name);
    }
  }

  /** @param {import('node:events').EventEmitter} server that takes 'connection' @param {string} name */
  async function serve(server, name) {
    // What http, https, http2 and tls ask of the sockets that they accept themselves.
    const allowHalfOpen = /** @type {{ allowHalfOpen?: boolean }} */ (server).allowHalfOpen ?? true;
    const listener = createServer({ allowHalfOpen }, (socket) => server.emit('connection', socket));
    listener.listen(name, () => server.emit('listening'));
    await once(listener, 'listening');
    return listener;
  }

  /** For undici. @param {string} name */
  function connector(name) {
    return (
      /** @type {unknown} */ _options,
      /** @type {(error: Error | null, socket: Duplex | null) => void} */ callback,
    ) => {
      const socket = connect(name);
      const failed = (/** @type {Error} */ error) => callback(error, null);
      socket.once('error', failed);
      socket.once('connect', () => {
        socket.off('error', failed);
        callback(null, socket);
      });
    };
  }

  return { Agent, connect, connector, createServer, serve };
}
