/** smipc/net: sockets over shared memory, in the shape of `node:net`. */
export {
  type ConnectOptions,
  connect,
  createServer,
  type ListenOptions,
  Server,
  type ServerOptions,
  Socket,
} from './sockets/stand-in.js';
