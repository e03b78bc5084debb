/**
 * smipc/net: servers and clients over shared memory, in the shape of `node:net`. The default export
 * has the same names, so that a program that says `net.` stays as it is.
 */
import { connect, createConnection, createServer } from './sockets/create.js';
import { Server } from './sockets/server.js';
import { Socket } from './sockets/socket.js';

export type { ConnectOptions } from './sockets/connect-options.js';
export type { DroppedConnection, ListenOptions, ServerOptions } from './sockets/server.js';
export type { ReadyState } from './sockets/socket.js';
export type { SocketOptions } from './sockets/socket-options.js';
export type { CapacityOptions, PlaceOptions } from './sockets/terms.js';
export { connect, createConnection, createServer, Server, Socket };

// biome-ignore lint/style/noDefaultExport: node:net has one, for who imports it as one object.
export default { connect, createConnection, createServer, Server, Socket, Stream: Socket };
