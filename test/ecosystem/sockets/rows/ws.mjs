/** ws: the server over http's, the client by `createConnection`. */
import { once } from 'node:events';
import http from 'node:http';
import { pipeline } from 'node:stream/promises';
import WebSocket, { createWebSocketStream, WebSocketServer } from 'ws';
import { closeOf } from '../frames.mjs';

/** @typedef {import('../scenarios.mjs').Row} Row */

/** @param {boolean} perMessageDeflate @returns {Row['server']} */
const server = (perMessageDeflate) => async (at) => {
  const httpServer = http.createServer();
  const sockets = new WebSocketServer({ server: httpServer, perMessageDeflate });
  sockets.on('connection', async (socket, request) => {
    if (request.url === '/upload') {
      // By message, so that the mark is seen.
      const stream = createWebSocketStream(socket, { readableObjectMode: true });
      socket.send(await at.sink(takeUntilMark(stream)));
    } else if (request.url === '/download') {
      await pipeline(at.source(), createWebSocketStream(socket)).catch(() => {});
    } else {
      socket.on('message', async (text) => socket.send(await at.answer(String(text))));
    }
  });
  await at.serve(httpServer);
};

const kMark = 'that was all';

/** What comes before the mark; the stream stays open, for the answer. @param {import('node:stream').Duplex} stream */
async function* takeUntilMark(stream) {
  for await (const bytes of stream.iterator({ destroyOnReturn: false })) {
    if (bytes.length === kMark.length && String(bytes) === kMark) return;
    yield bytes;
  }
}

/** @param {boolean} perMessageDeflate @returns {Row['client']} */
const client = (perMessageDeflate) => async (at) => {
  /** @param {string} path */
  const open = async (path) => {
    const socket = new WebSocket(`ws://localhost${path}`, {
      createConnection: () => at.connect(),
      perMessageDeflate,
      handshakeTimeout: 10_000,
    });
    await once(socket, 'open');
    return socket;
  };
  const socket = await open('/ask');
  /** @type {{ resolve: (text: string) => void, reject: (error: Error) => void }[]} */
  const asked = [];
  socket.on('message', (text) => asked.shift()?.resolve(String(text)));
  /** @type {string[]} */
  const errors = [];
  socket.on('error', (/** @type {NodeJS.ErrnoException} */ { code }) => errors.push(`${code}`));
  const closed = closeOf(socket).then((code) => ['close', code, ...errors].join(' '));
  closed.then((how) => {
    for (const { reject } of asked.splice(0)) reject(Object.assign(new Error(how), { code: how }));
  });
  return {
    ask: (text) =>
      new Promise((resolve, reject) => {
        asked.push({ resolve, reject });
        socket.send(text, (error) => error && reject(error));
      }),
    upload: async (source) => {
      const uploading = await open('/upload');
      const answered = once(uploading, 'message');
      const stream = createWebSocketStream(uploading);
      await pipeline(source, stream, { end: false });
      stream.write(kMark);
      const [digest] = await answered;
      uploading.close();
      await closeOf(uploading);
      return String(digest);
    },
    download: async () => createWebSocketStream(await open('/download')),
    ended: () => closed,
    close: async () => {
      socket.close();
      await closed;
    },
  };
};

/** @type {Row[]} */
export const rows = [false, true].map((deflates) => ({
  name: deflates ? 'ws, deflate' : 'ws',
  library: 'ws',
  server: server(deflates),
  client: client(deflates),
  expected: {
    'idle end': 'close 1006',
    'half-close': 'close 1006',
    'server killed': 'close 1006',
  },
}));
