/**
 * One of the two processes of a row: `side.mjs FILE ROW server|client NAME`. Does what the runner asks
 * of it, operation by operation (`scenarios.mjs`).
 */
import { once } from 'node:events';
import { digest, expectedDigest, produced, source, whole } from './bodies.mjs';
import { describe } from './describe.mjs';
import { Agent, connect, connector, createServer, serve } from './transport.mjs';

/** @typedef {import('node:stream').Duplex} Duplex */

const [file = '', rowName = '', role = '', name = ''] = process.argv.slice(2);

/** A gate that is closed until it is opened, for those that wait now. */
function makeGate() {
  /** @type {(() => void)[]} */
  let waiting = [];
  return {
    pass: () => new Promise((pass) => waiting.push(() => pass(undefined))),
    open: () => {
      for (const pass of waiting) pass();
      waiting = [];
    },
  };
}

/** @param {import('./scenarios.mjs').Row} row */
async function server(row) {
  /** @type {Set<Duplex>} */
  const live = new Set();
  let opened = 0;
  let ended = 0;
  let reached = 0;
  const gate = makeGate();

  /** @param {Duplex} socket */
  function watch(socket) {
    opened++;
    live.add(socket);
    // An error that the library does not hear either is none of the server's process.
    socket.on('error', () => {});
    socket.once('end', () => ended++);
    socket.once('close', () => live.delete(socket));
  }

  await row.server?.({
    name,
    /** @param {(socket: Duplex) => void} listener @param {{ allowHalfOpen?: boolean }} [options] */
    listen: async (listener, options = {}) => {
      const listening = createServer(options, (/** @type {Duplex} */ socket) => {
        watch(socket);
        listener(socket);
      });
      listening.listen(name);
      await once(listening, 'listening');
      return listening;
    },
    serve: (server) => {
      server.prependListener('connection', watch);
      // Below TLS, nobody hears of an end.
      server.on('secureConnection', (/** @type {Duplex} */ socket) =>
        socket.once('end', () => ended++),
      );
      return serve(server, name);
    },
    answer: async (text) => {
      if (text === 'never' || text === 'gate') reached++;
      if (text === 'never') return new Promise(() => {});
      if (text === 'gate') await gate.pass();
      return text.toUpperCase();
    },
    sink: async (bytes) => {
      reached++;
      await gate.pass();
      return digest(bytes);
    },
    source,
  });

  return {
    opened: () => opened,
    live: () => live.size,
    ended: () => ended,
    reached: () => reached,
    produced,
    openGate: gate.open,
    endAll: () => {
      for (const socket of live) socket.end();
    },
    reset: () => {
      opened = live.size;
      ended = 0;
      reached = 0;
    },
  };
}

/** @param {import('./scenarios.mjs').Row} row */
function client(row) {
  /** @type {import('./scenarios.mjs').Client | undefined} */
  let current;
  /** @type {Duplex | undefined} */
  let last;
  /** @type {import('node:stream').Readable | undefined} */
  let download;

  /** @template {Duplex} T @param {T} socket @returns {T} */
  const record = (socket) => {
    last = socket;
    return socket;
  };
  const at = {
    name,
    record,
    /** @param {{ allowHalfOpen?: boolean }} [options] */
    connect: (options) => record(connect(name, options)),
    connected: async () => {
      const socket = record(connect(name));
      await once(socket, 'connect');
      return socket;
    },
    /** @param {import('node:http').AgentOptions} [options] */
    agent: (options = {}) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1, ...options, path: name });
      const make = agent.createConnection.bind(agent);
      // The last socket, for what is done to it behind the library's back.
      agent.createConnection = (/** @type {any} */ asked, /** @type {any} */ callback) => {
        const socket = make(asked, (/** @type {unknown} */ error, /** @type {Duplex} */ made) => {
          if (made !== undefined) record(made);
          callback(error, made);
        });
        return socket === undefined ? undefined : record(socket);
      };
      return agent;
    },
    connector: () => {
      const make = connector(name);
      return (/** @type {any} */ asked, /** @type {any} */ callback) =>
        make(asked, (/** @type {any} */ error, /** @type {any} */ socket) => {
          if (socket !== null && socket !== undefined) record(socket);
          callback(error, socket);
        });
    },
  };
  const opened = () => {
    if (current === undefined) throw new Error('the client is not open');
    return current;
  };

  return {
    open: async () => {
      current = await row.client?.(at);
      return { streams: current?.upload !== undefined, notices: current?.ended !== undefined };
    },
    check: (/** @type {string} */ fact) => row.only?.[fact]?.(at),
    ask: (/** @type {string} */ text) => opened().ask(text),
    askMany: async (/** @type {number} */ count, /** @type {number} */ width) => {
      let next = 0;
      const one = async () => {
        while (next < count) {
          const text = `question ${next++}`;
          const answer = await opened().ask(text);
          if (answer !== text.toUpperCase()) throw new Error(`${text}: ${answer}`);
        }
      };
      await Promise.all(Array.from({ length: width }, one));
    },
    large: async () => {
      const bytes = whole();
      const back = await opened().large?.(bytes);
      if (back === undefined || !bytes.equals(back)) throw new Error('the body came back changed');
    },
    upload: async () => {
      const got = await opened().upload?.(source());
      if (got !== (await expectedDigest())) throw new Error(`upload: digest ${got}`);
    },
    openDownload: async () => {
      download = await opened().download?.();
    },
    readDownload: async () => {
      if (download === undefined) throw new Error('there is no download');
      if ((await digest(download)) !== (await expectedDigest()))
        throw new Error('download: digest');
    },
    ended: () => opened().ended?.(),
    endSocket: () => {
      last?.end();
    },
    produced,
    close: async () => {
      const closing = current;
      current = undefined;
      await closing?.close();
    },
  };
}

const { rows } = await import(file);
const row = /** @type {import('./scenarios.mjs').Row[]} */ (rows).find(
  (one) => one.name === rowName,
);
if (row === undefined) throw new Error(`${file} has no row ${rowName}`);

const tell = (/** @type {object} */ message) => process.send?.(message);
process.on('uncaughtException', (error) => {
  tell({ uncaught: describe(error), stack: error.stack });
});
process.on('disconnect', () => process.exit());

const operations = /** @type {Record<string, (...args: any[]) => unknown>} */ (
  role === 'server' ? await server(row) : client(row)
);
process.on('message', async (/** @type {any} */ { id, operation, args }) => {
  try {
    tell({ id, value: await operations[operation]?.(...args) });
  } catch (error) {
    tell({ id, error: describe(error), message: /** @type {Error} */ (error)?.stack });
  }
});
tell({ ready: true });
