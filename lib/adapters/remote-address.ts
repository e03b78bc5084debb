/** What sockets of shared memory say of the address of their client, which has none. */
import type { Server as NodeServer } from 'node:net';
import type { Socket } from '../sockets/socket.js';

const addresses = new WeakMap<object, string>();
const prepared = new WeakSet<NodeServer>();

/** Lets `remoteAddress` say that of a socket, and of what TLS and http2 will make of it. */
export function tellRemoteAddress(server: NodeServer, socket: Socket, address: string): void {
  define(socket, address);
  addresses.set(socket, address);
  if (prepared.has(server)) return;
  prepared.add(server);
  // Node has no public way from what is given to users down to the stream below. Where these names
  // should mean something else, there is no address. Before all others, which may ask for it.
  server.prependListener('secureConnection', (secured: Secured) => {
    copy(secured.ssl?._parentWrap?.stream, secured);
  });
  server.prependListener('session', ({ socket: proxy }: { socket: Proxied }) => {
    // A method returns what it was called on, which is not the proxy.
    copy(proxy.stream, proxy.off('close', copy));
  });
}

/** A TLS socket. `stream` is there if it is not over one of Node's own sockets. */
interface Secured {
  readonly ssl?: { readonly _parentWrap?: { readonly stream?: object } };
}

/** The `socket` of an http2 session. `stream` as above. */
interface Proxied {
  readonly stream?: object;
  off(event: string, listener: () => void): object;
}

function copy(below?: object, above?: object): void {
  const address = below === undefined ? undefined : addresses.get(below);
  if (above !== undefined && address !== undefined) define(above, address);
}

function define(socket: object, address: string): void {
  Object.defineProperty(socket, 'remoteAddress', { value: address, configurable: true });
}
