/** socket.io over http's server, by each of its transports; the client by an agent. */
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';

/** @typedef {import('../scenarios.mjs').Row} Row */

/** @type {Row['server']} */
const server = async (at) => {
  const httpServer = http.createServer();
  const sockets = new Server(httpServer, { maxHttpBufferSize: 1 << 26 });
  sockets.on('connection', (socket) => {
    socket.on('ask', async (text, callback) => callback(await at.answer(text)));
    socket.on('large', (bytes, callback) => callback(bytes));
  });
  await at.serve(httpServer);
};

/** @param {string[]} transports @returns {Row['client']} */
const client = (transports) => async (at) => {
  // Two requests at once: one waits for what the server says.
  const agent = at.agent({ maxSockets: 2 });
  const polls = transports.length === 1 && transports[0] === 'polling';
  const socket = io('http://localhost', {
    agent,
    transports,
    upgrade: transports.length > 1,
    reconnectionDelay: 50,
    reconnectionDelayMax: 50,
  });
  const upgraded = transports.length > 1 ? once(socket.io.engine, 'upgrade') : undefined;
  await once(socket, 'connect');
  await upgraded;
  /** Rejected when the connection goes. @param {...unknown} args */
  const emit = (...args) =>
    new Promise((resolve, reject) => {
      const lost = (/** @type {string} */ reason) =>
        reject(Object.assign(new Error(reason), { code: reason }));
      socket.once('disconnect', lost);
      socket.emit(String(args[0]), args[1], (/** @type {any} */ answer) => {
        socket.off('disconnect', lost);
        resolve(answer);
      });
    });
  return {
    ask: async (question) => {
      if (!socket.connected) await once(socket, 'connect');
      return emit('ask', question);
    },
    large: (bytes) => emit('large', bytes),
    // Polling just opens another connection.
    ...(polls
      ? {}
      : {
          ended: async () => {
            const [reason] = await once(socket, 'disconnect');
            await once(socket, 'connect');
            return `${reason}, connect`;
          },
        }),
    close: async () => {
      // What it still says by polling uses the agent's sockets, and leaves none there.
      agent.keepAlive = false;
      socket.disconnect();
      await delay(200);
      agent.destroy();
    },
  };
};

/** @type {Row[]} */
export const rows = [
  {
    name: 'socket.io, websocket',
    library: 'socket.io',
    server,
    client: client(['websocket']),
    expected: {
      large: 'both ways',
      'idle end': 'transport close, connect',
      'half-close': 'transport close',
      'server killed': 'transport close',
    },
  },
  {
    name: 'socket.io, polling',
    library: 'socket.io',
    server,
    client: client(['polling']),
    sockets: 2,
    expected: { large: 'both ways', 'server killed': 'transport error' },
    without: {
      'idle end': 'a request always waits on it',
      'half-close': 'a request is a message or waits for one, and is not the question',
    },
  },
  {
    name: 'socket.io, polling, then websocket',
    library: 'socket.io',
    server,
    client: client(['polling', 'websocket']),
    sockets: 3,
    expected: {
      large: 'both ways',
      'idle end': 'transport close, connect',
      'half-close': ['answered', 'transport close'],
      'server killed': 'transport close',
    },
  },
];
