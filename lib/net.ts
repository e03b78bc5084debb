/**
 * smipc/net: servers and clients over shared memory, in the shape of `node:net`. The default export
 * has the same names, so that a program that says `net.` stays as it is.
 */
import {
  BlockList,
  getDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
  isIP,
  isIPv4,
  isIPv6,
  SocketAddress,
  setDefaultAutoSelectFamily,
  setDefaultAutoSelectFamilyAttemptTimeout,
} from 'node:net';
import { connect, createConnection, createServer } from './sockets/create.js';
import { Server } from './sockets/server.js';
import { Socket } from './sockets/socket.js';

export type { ConnectOptions } from './sockets/connect-options.js';
export type { DroppedConnection, ListenOptions, ServerOptions } from './sockets/server.js';
export type { ReadyState } from './sockets/socket.js';
export type { SocketOptions } from './sockets/socket-options.js';
export type { CapacityOptions, PlaceOptions } from './sockets/terms.js';

/** Of addresses, which have nothing to do with shared memory: as `node:net` has them. */
const addresses = {
  BlockList,
  SocketAddress,
  getDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
  isIP,
  isIPv4,
  isIPv6,
  setDefaultAutoSelectFamily,
  setDefaultAutoSelectFamilyAttemptTimeout,
};

export {
  BlockList,
  connect,
  createConnection,
  createServer,
  getDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
  isIP,
  isIPv4,
  isIPv6,
  Server,
  Socket,
  Socket as Stream,
  SocketAddress,
  setDefaultAutoSelectFamily,
  setDefaultAutoSelectFamilyAttemptTimeout,
};

// biome-ignore lint/style/noDefaultExport: node:net has one, for who imports it as one object.
export default {
  ...addresses,
  connect,
  createConnection,
  createServer,
  Server,
  Socket,
  Stream: Socket,
};
