import {
  type ClientRequest,
  type ClientRequestArgs,
  Agent as NodeAgent,
  type AgentOptions as NodeOptions,
} from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from '../sockets/socket.js';
import {
  type AgentChannelOptions,
  connectTo,
  type Destination,
  destinationOf,
  obeyTimeout,
  refuseSocketPath,
} from './request-socket.js';

/**
 * Options of an `Agent`: those of Node's, such as `keepAlive`, `maxSockets` and `timeout`, and where
 * the server is.
 */
export interface AgentOptions extends Omit<NodeOptions, 'path' | 'signal'>, AgentChannelOptions {}

/**
 * An `http.Agent` whose requests go to a server at a channel's name, such as one that `serve()` has
 * put there.
 *
 *     const agent = new Agent({ path: 'api', keepAlive: true });
 *     http.get('http://localhost/users?first=10', { agent }, (response) => …);
 *
 * What fails while it connects is emitted by the request, as `'error'`: `ENOENT` or `ECONNREFUSED` if
 * nobody listens and `wait` is not set. The constructor throws what is wrong with `path`:
 * `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`. A request with a `socketPath` is refused with
 * `ERR_INVALID_ARG_VALUE`.
 */
export class Agent extends NodeAgent {
  readonly #destination: Destination;

  constructor(options: AgentOptions) {
    const destination = destinationOf(options);
    super(options);
    this.#destination = destination;
  }

  /** Called by Node for each new connection. */
  override createConnection(options: ClientRequestArgs): Socket {
    refuseSocketPath(options);
    const socket = connectTo(this.#destination);
    obeyTimeout(socket, options);
    return socket;
  }

  /** Called by Node when a connection is to be kept for later. Answers whether that is possible. */
  override keepSocketAlive(socket: Duplex): boolean {
    const isKept: unknown = super.keepSocketAlive(socket);
    socket.on('data', refuseUnasked);
    return isKept === true;
  }

  /** Called by Node when a request is to have a connection that was kept. */
  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    socket.off('data', refuseUnasked);
    super.reuseSocket(socket, request);
  }

  /** The key in `sockets`, `freeSockets` and `requests`: Node's own, with the name and the directory. */
  override getName(options?: Parameters<NodeAgent['getName']>[0]): string {
    return `${super.getName(options)}:${this.#destination.key}`;
  }
}

/**
 * What a server sends without having been asked must not be taken for the answer to the next request.
 * Node makes sure of that where it knows the handle of a socket.
 */
function refuseUnasked(this: Duplex): void {
  this.destroy();
}
