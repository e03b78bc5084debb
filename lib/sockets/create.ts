/** The functions of `smipc/net`. */
import { type ConnectOptions, splitConnectArguments } from './connect-options.js';
import { Server, type ServerOptions } from './server.js';
import { Socket } from './socket.js';

/**
 * Makes a server; `listener` is called with each connection. `listen()` gives it its name.
 * @throws TypeError or RangeError for bad options
 */
export function createServer(
  options?: ServerOptions | null,
  listener?: (socket: Socket) => void,
): Server;
export function createServer(listener?: (socket: Socket) => void): Server;
export function createServer(
  options?: ServerOptions | ((socket: Socket) => void) | null,
  listener?: (socket: Socket) => void,
): Server {
  return new Server(options as ServerOptions, listener);
}

/**
 * Makes a socket and connects it: see `Socket.connect()`.
 * @throws TypeError or RangeError for bad arguments; other failures are emitted as `'error'`
 */
export function connect(name: string, options?: ConnectOptions, listener?: () => void): Socket;
export function connect(name: string, listener?: () => void): Socket;
export function connect(options: ConnectOptions & { path: string }, listener?: () => void): Socket;
export function connect(...values: unknown[]): Socket {
  const socket = new Socket(splitConnectArguments(values).options);
  return socket.connect(...(values as [string]));
}

/** The same as `connect()`, as in `node:net`. */
export const createConnection: typeof connect = connect;
