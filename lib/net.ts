/** smipc/net: sockets over shared memory, in the shape of `node:net`. */
import { connect, createServer, Server, Socket } from './sockets/stand-in.js';

export type { ConnectOptions, ListenOptions, ServerOptions } from './sockets/stand-in.js';
export { connect, createServer, Server, Socket };

// biome-ignore lint/style/noDefaultExport: node:net has one, for who imports it as one object.
export default { connect, createServer, Server, Socket };
