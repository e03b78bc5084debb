import type { Server as NodeServer } from 'node:net';
import { Server as SecureServer } from 'node:tls';
import { checkBoolean, checkObject, invalidArgType } from '../errors/arguments.js';
import { checkName } from '../options/options.js';
import { createServer } from '../sockets/create.js';
import type { ListenOptions, Server } from '../sockets/server.js';
import { tellRemoteAddress } from './remote-address.js';
import { placesOf } from './served-server.js';

/** Options of `serve()`: those of `listen()` in `smipc/net`, and what its sockets are like. */
export interface ServeOptions extends ListenOptions {
  /**
   * Whether a socket can still be written to when its client has ended its half. Default: what the
   * server would have over TCP, which is true for http, and false for others unless they were told.
   */
  allowHalfOpen?: boolean | undefined;
  /**
   * What `socket.remoteAddress` says, and so `request.socket.remoteAddress`: for rate limiters and the
   * like, which cannot do without. Default: undefined, as over a Unix socket.
   */
  remoteAddress?: string | undefined;
}

/**
 * Lets a server of Node's accept connections at a channel's name: one of http, https, http2, tls or net,
 * or what is built on one, such as Express's `app.listen()` returns.
 *
 *     const server = http.createServer(app);
 *     serve(server, 'api');
 *     process.on('SIGTERM', () => server.close());
 *
 * The server behaves as if it listened there itself. It emits `'listening'`, `listening` is true and
 * `address()` the name; its time limits hold; `close()` closes this place, too, and `'close'` comes when
 * the last connection has ended; `ref()`, `unref()`, `getConnections()`, `maxConnections` and
 * `await using` count it in. It may have several such places, and listen at a port besides.
 *
 * Returns the place, a `Server` of `smipc/net`, which can be closed alone. It emits `'error'` if it cannot
 * listen, such as `EADDRINUSE`; if nobody listens to that there, the given server emits it.
 *
 * Throws what is wrong with the arguments: `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`.
 */
export function serve(server: NodeServer, name: string, options: ServeOptions = {}): Server {
  if (typeof server?.emit !== 'function' || typeof server.close !== 'function') {
    throw invalidArgType('server', 'an instance of net.Server', server);
  }
  checkName(name);
  checkObject('options', options);
  const {
    allowHalfOpen = defaults(server).allowHalfOpen ?? false,
    remoteAddress,
    ...rest
  } = options;
  checkBoolean('options.allowHalfOpen', allowHalfOpen);
  if (remoteAddress !== undefined && typeof remoteAddress !== 'string') {
    throw invalidArgType('options.remoteAddress', 'a string', remoteAddress);
  }

  const places = placesOf(server);
  const { pauseOnConnect } = defaults(server);
  const isSecure = server instanceof SecureServer;
  const place = createServer({ allowHalfOpen, pauseOnConnect }, (socket) => {
    if (!places.admit(socket)) return;
    if (isSecure) socket.leaveEndToLayer();
    if (remoteAddress !== undefined) tellRemoteAddress(server, socket, remoteAddress);
    server.emit('connection', socket);
  });
  // First, since it throws what is wrong with the options. What comes of it comes later.
  place.listen(name, rest);
  places.add(place);
  return place;
}

/** Fields of every server of Node's, of which its types do not speak. */
function defaults(server: NodeServer): { allowHalfOpen?: boolean; pauseOnConnect?: boolean } {
  return server as { allowHalfOpen?: boolean; pauseOnConnect?: boolean };
}
