import { isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectSecurely } from 'node:tls';
import { checkInteger, checkObject, invalidArgValue } from '../errors/arguments.js';
import { SmipcError } from '../errors/errors.js';
import { afterLoopTurn, clearTimeout, setTimeout } from '../host/host.js';
import { checkName } from '../options/options.js';
import type { ConnectOptions } from '../sockets/connect-options.js';
import { connect } from '../sockets/create.js';

/** What undici tells of the origin that it wants to connect to. */
export interface ConnectorTarget {
  readonly protocol: string;
  readonly hostname: string;
  /** Of TLS, if it is not the host's name. */
  readonly servername?: string | undefined;
}

/** What undici is told: a socket that is connected, or why there is none. */
export type ConnectorCallback = (...result: [null, Socket] | [Error, null]) => void;

/** What undici takes as its option `connect`. */
export type Connector = (target: ConnectorTarget, callback: ConnectorCallback) => void;

/**
 * Options of `connector()`. What else is in there is for TLS, as undici has it for its own connector:
 * `ca`, `cert`, `key`, `rejectUnauthorized`, `servername`, …
 */
export interface ConnectorOptions
  extends Pick<ConnectOptions, 'capacity' | 'dir' | 'signal' | 'wait'>,
    Omit<ConnectionOptions, 'host' | 'path' | 'port' | 'socket' | 'timeout'> {
  /**
   * How long a connection may take, the handshake of TLS included, before it fails with `ETIMEDOUT`:
   * 0 to 2^31 - 1 milliseconds, 0 for no limit. undici's `connectTimeout` does not count if it is given
   * a connector. Default: 10,000, as of undici's own.
   */
  timeout?: number | undefined;
  /** Offers HTTP/2 to a server with TLS. Default: false. */
  allowH2?: boolean | undefined;
}

const kDefaultTimeout = 10_000;
const kLongestTimeout = 2 ** 31 - 1;

/**
 * Makes undici connect to a server at a channel's name, such as one that `serve()` has put there: for
 * the option `connect` of its `Client`, `Pool` or `Agent`, and thereby for `fetch()`.
 *
 *     const dispatcher = new undici.Agent({ connect: connector('api') });
 *     await undici.fetch('http://localhost/users', { dispatcher });
 *
 * All origins lead to that one server. For `https:` there is TLS over shared memory, and the host of the
 * URL is what the server's certificate must be for.
 *
 * What fails goes to undici, which rejects the requests with it, or with an error whose `cause` it is:
 * `ENOENT` or `ECONNREFUSED` if nobody listens and `wait` is not set, `ETIMEDOUT`. What is wrong with the
 * arguments is thrown at once: `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`.
 */
export function connector(name: string, options: ConnectorOptions = {}): Connector {
  checkName(name);
  checkObject('options', options);
  const { capacity, dir, signal, wait, timeout = kDefaultTimeout, allowH2, ...tls } = options;
  checkInteger('options.timeout', timeout, 0, kLongestTimeout);
  const ALPNProtocols = allowH2 === true ? ['h2', 'http/1.1'] : ['http/1.1'];

  const open = ({ protocol, hostname, servername }: ConnectorTarget): Socket => {
    if (protocol !== 'http:' && protocol !== 'https:') {
      throw invalidArgValue('target.protocol', "must be 'http:' or 'https:'", protocol);
    }
    const plain = connect(name, { capacity, dir, signal, wait });
    // It has all that undici, and TLS, ask of a socket.
    const socket = plain as unknown as Socket;
    if (protocol === 'http:') return socket;
    plain.leaveEndToLayer();
    try {
      return connectSecurely({
        ALPNProtocols,
        ...tls,
        socket,
        host: hostname,
        servername: servername || tls.servername || (isIP(hostname) === 0 ? hostname : ''),
      });
    } catch (error) {
      socket.destroy();
      throw error;
    }
  };

  return (target, callback) => {
    let socket: Socket;
    try {
      socket = open(target);
    } catch (error) {
      // Not in this tick: see below.
      afterLoopTurn(() => callback(error as Error, null));
      return;
    }
    settle(socket, { name, timeout, isSecure: target.protocol === 'https:' }, callback);
  };
}

/** Calls back once. In a later tick: in this one undici would leave its first request unsent. */
function settle(
  socket: Socket,
  { name, timeout, isSecure }: { name: string; timeout: number; isSecure: boolean },
  callback: ConnectorCallback,
): void {
  let isSettled = false;
  const finish: ConnectorCallback = (...result) => {
    if (isSettled) return;
    isSettled = true;
    clearTimeout(timer);
    callback(...result);
  };
  const timer =
    timeout === 0
      ? undefined
      : setTimeout(() => {
          const text = `the server did not accept the connection within ${timeout} ms`;
          socket.destroy(new SmipcError('ETIMEDOUT', text, { syscall: 'wait', channel: name }));
        }, timeout);
  socket.once(isSecure ? 'secureConnect' : 'connect', () => finish(null, socket));
  // Stays there: undici listens a little later than it is called back.
  socket.on('error', (error) => finish(error, null));
}
