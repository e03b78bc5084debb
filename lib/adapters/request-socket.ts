/** How the agents find their server: their options, and a socket to it for one or more requests. */
import type { ClientRequestArgs } from 'node:http';
import { checkObject, invalidArgType, invalidArgValue } from '../errors/arguments.js';
import { checkName } from '../options/options.js';
import type { ConnectOptions } from '../sockets/connect-options.js';
import { connect } from '../sockets/create.js';
import type { Socket } from '../sockets/socket.js';

/** Where an agent's server is, and how to connect to it. */
export interface AgentChannelOptions
  extends Pick<ConnectOptions, 'capacity' | 'dir' | 'signal' | 'wait'> {
  /**
   * The name at which the server listens. It has nothing to do with the path of a request, which is
   * that of its URL; the host and port of the URL only go into the `Host` header.
   */
  path: string;
}

/** What is the same for all sockets of an agent. */
export interface Destination {
  readonly name: string;
  readonly options: Pick<ConnectOptions, 'capacity' | 'dir' | 'signal' | 'wait'>;
  /** To be part of the key under which the agent keeps sockets. */
  readonly key: string;
}

export function destinationOf(options: AgentChannelOptions): Destination {
  checkObject('options', options);
  const { path: name, capacity, dir, signal, wait } = options;
  if (typeof name !== 'string') throw invalidArgType('options.path', 'a string', name);
  checkName(name);
  return { name, options: { capacity, dir, signal, wait }, key: JSON.stringify([name, dir]) };
}

/** A request may ask for another place than its agent's. It would get an answer from the wrong server. */
export function refuseSocketPath({ socketPath }: ClientRequestArgs): void {
  if (socketPath === undefined || socketPath === null) return;
  const reason = 'must not be set, since the agent of this request connects to a channel';
  throw invalidArgValue('options.socketPath', reason, socketPath);
}

export function connectTo({ name, options }: Destination): Socket {
  return connect(name, options);
}

/**
 * Node's http leaves it to whoever makes a socket to obey the option `timeout`: `net.connect()` does,
 * and nothing else does. Without it `'timeout'` is never emitted while a request is under way.
 */
export function obeyTimeout(
  socket: { setTimeout(timeout: number): unknown },
  { timeout }: ClientRequestArgs,
): void {
  if (timeout !== undefined && timeout > 0) socket.setTimeout(timeout);
}
