/**
 * A server of Node's that gets connections from places in shared memory. They are hidden behind its own
 * members, so that it behaves as if it listened there itself.
 *
 * Only public members are replaced, and on this one object. What replaces them calls them.
 */
import type { EventEmitter } from 'node:events';
import type { Server as NodeServer } from 'node:net';
import { ListeningPlaces } from './listening-places.js';

const known = new WeakMap<NodeServer, ListeningPlaces>();

/** The places of this server: none at first. */
export function placesOf(server: NodeServer): ListeningPlaces {
  let places = known.get(server);
  if (places === undefined) {
    places = new ListeningPlaces(server);
    known.set(server, places);
    replaceMembers(server, places);
  }
  return places;
}

function replaceMembers(server: NodeServer, places: ListeningPlaces): void {
  const { emit, close, address, ref, unref, getConnections } = server;
  const dispose = server[Symbol.asyncDispose];

  const closeAll = (callback?: (error?: Error) => void): NodeServer => {
    // Node's answer to that is an error.
    if (!places.isRunning) return close.call(server, callback) ?? server;
    if (typeof callback === 'function') server.once('close', callback);
    // First its own, which ends what is idle. It knows of no connection, so it emits 'close' at once;
    // that is held back.
    close.call(server);
    places.closeAll();
    return server;
  };

  define(server, {
    emit: (event: string, ...values: unknown[]): boolean => {
      const doEmit = emit as EventEmitter['emit'];
      const isHeldBack =
        event === 'close' && places.defer(() => doEmit.call(server, event, ...values));
      return isHeldBack ? false : doEmit.call(server, event, ...values);
    },
    close: closeAll,
    address: () => address.call(server) ?? places.listening?.address() ?? null,
    ref: () => {
      for (const place of places.all) place.ref();
      return ref.call(server);
    },
    unref: () => {
      for (const place of places.all) place.unref();
      return unref.call(server);
    },
    getConnections: (callback: (error: Error | null, count: number) => void) =>
      getConnections.call(server, (error, count) => callback(error, count + places.connections)),
    [Symbol.asyncDispose]: async () => {
      if (!places.isRunning) return dispose.call(server);
      await new Promise<void>((resolve) => closeAll(() => resolve()));
    },
  });
  Object.defineProperty(server, 'listening', {
    get: () => places.isServerListening || places.listening !== undefined,
    configurable: true,
  });
}

/** Not enumerable, as what they replace. */
function define(server: NodeServer, members: Record<PropertyKey, unknown>): void {
  for (const key of Reflect.ownKeys(members)) {
    const value = members[key as string];
    Object.defineProperty(server, key, { value, configurable: true, writable: true });
  }
}
