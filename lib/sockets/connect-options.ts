/** The arguments of `connect()`, in all the forms that `net.connect()` has for a path. */
import {
  checkDuration,
  checkInteger,
  checkObject,
  invalidArgType,
  invalidArgValue,
} from '../errors/arguments.js';
import { type Framing, kLongestTimeout } from '../options/options.js';
import type { SocketOptions } from './socket-options.js';
import { type CapacityOptions, type PlaceOptions, readTerms, type Terms } from './terms.js';

/** Options of `connect()`: where the server is, and how the socket is to be. */
export interface ConnectOptions extends PlaceOptions, CapacityOptions, SocketOptions {
  /** The server's name. Only if it is not an argument of its own. */
  path?: string | undefined;
  /**
   * Wait for a server that is not there yet, instead of failing with `ENOENT` or `ECONNREFUSED`: as
   * long as it takes, or for so many milliseconds, before failing with `ETIMEDOUT`. Default: false.
   */
  wait?: boolean | number | undefined;
  /** As `setTimeout()` of the socket, from the call on. Default: no limit. */
  timeout?: number | undefined;
}

/** The arguments, checked. */
export interface ConnectArguments {
  readonly terms: Terms;
  /** How long to wait for the server, in milliseconds; 0: not at all. */
  readonly wait: number;
  readonly timeout: number | undefined;
}

/**
 * The name, where `net` takes a path: text, and not a port in its place.
 * @param place may have a port
 */
export function checkPath(argument: string, path: unknown, place: object): string {
  if (typeof path === 'string') return path;
  const { port } = place as { port?: unknown };
  if (typeof port === 'number' || (path === undefined && port !== undefined)) {
    throw invalidArgValue('port', 'is no name of a server: smipc has no ports', port);
  }
  throw invalidArgType(argument, 'a string, the name of a server', path);
}

/** Name and options, whichever of the forms it is. */
export function splitConnectArguments(values: readonly unknown[]): {
  name: string;
  options: ConnectOptions;
} {
  const [first, second] = values;
  if (typeof first === 'object' && first !== null) {
    const options = first as ConnectOptions;
    return { name: checkPath('options.path', options.path, options), options };
  }
  const name = checkPath('path', first, { port: first });
  const hasOptions = second != null && typeof second !== 'function';
  if (hasOptions) checkObject('options', second);
  return { name, options: hasOptions ? second : {} };
}

export function readConnectArguments(
  values: readonly unknown[],
  framing: Framing,
): ConnectArguments {
  const { name, options } = splitConnectArguments(values);
  const { wait = false, timeout } = options;
  return {
    terms: readTerms(name, framing, options),
    wait: readWait(wait),
    timeout:
      timeout === undefined
        ? undefined
        : checkDuration('options.timeout', timeout, kLongestTimeout),
  };
}

function readWait(wait: unknown): number {
  if (wait === true) return Number.POSITIVE_INFINITY;
  if (wait === false) return 0;
  if (typeof wait !== 'number') {
    throw invalidArgType('options.wait', 'a boolean, or a number of milliseconds', wait);
  }
  return checkInteger('options.wait', wait, 0, kLongestTimeout);
}
