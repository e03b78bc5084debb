import {
  Agent as NodeAgent,
  type AgentOptions as NodeOptions,
  type RequestOptions,
} from 'node:https';
import type { TLSSocket } from 'node:tls';
import {
  type AgentChannelOptions,
  connectTo,
  type Destination,
  destinationOf,
  obeyTimeout,
  refuseSocketPath,
} from './request-socket.js';

/** Options of an `HttpsAgent`: those of Node's, such as `ca` and `keepAlive`, and where the server is. */
export interface HttpsAgentOptions
  extends Omit<NodeOptions, 'path' | 'signal'>,
    AgentChannelOptions {}

/**
 * An `https.Agent` whose requests go to a server at a channel's name: TLS over shared memory, for a
 * server that demands it, or to tell clients apart by their certificates. Between processes that trust
 * each other an `Agent` does the same for less.
 *
 * The host of the URL is what the server's certificate must be for. Otherwise as `Agent`.
 */
export class HttpsAgent extends NodeAgent {
  readonly #destination: Destination;

  constructor(options: HttpsAgentOptions) {
    const destination = destinationOf(options);
    super(options);
    this.#destination = destination;
  }

  /** Called by Node for each new connection. */
  override createConnection(options: RequestOptions): TLSSocket {
    refuseSocketPath(options);
    const socket = connectTo(this.#destination);
    socket.leaveEndToLayer();
    try {
      // Node's own also remembers sessions, so that the next handshake is a short one.
      const overSocket = { ...options, socket };
      const secured = super.createConnection(overSocket) as TLSSocket;
      obeyTimeout(secured, options);
      return secured;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /** The key in `sockets`, `freeSockets` and `requests`: Node's own, with the name and the directory. */
  override getName(options?: RequestOptions): string {
    return `${super.getName(options)}:${this.#destination.key}`;
  }
}
