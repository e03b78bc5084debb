/**
 * What the sockets are made by: the environment variable TRANSPORT, one of `unix`, `wrapped`
 * (`unix.mjs`) and `smipc`.
 */
import { transport } from './unix.mjs';

async function smipc() {
  // Named so that the types are checked without them.
  const [net, http] = await Promise.all(['smipc/net', 'smipc/http'].map((name) => import(name)));
  return {
    connect: net.connect,
    createServer: net.createServer,
    Agent: http.Agent,
    connector: http.connector,
    serve: http.serve,
  };
}

const kKinds = {
  smipc,
  unix: () => transport(false),
  wrapped: () => transport(true),
};

/** @typedef {keyof typeof kKinds} Kind */

export const kind = /** @type {Kind} */ (process.env.TRANSPORT ?? 'smipc');
if (!Object.hasOwn(kKinds, kind)) {
  throw new Error(`TRANSPORT is ${kind}; there are ${Object.keys(kKinds)}`);
}

export const { Agent, connect, connector, createServer, serve } = await kKinds[kind]();
