/** Node's own: http, https, http2, tls. */
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import tls from 'node:tls';
import { oneBody } from '../bodies.mjs';
import { makeCertificate } from '../certificate.mjs';
import { asker, closeOf, frames, writeFrame } from '../frames.mjs';
import { handler, requester } from '../http-parts.mjs';
import { kMany, overUnix } from '../scenarios.mjs';

/** @typedef {import('../scenarios.mjs').Row} Row */
/** @typedef {import('../scenarios.mjs').ClientAt} ClientAt */
/** @typedef {import('../scenarios.mjs').Client} Client */

/** Nobody is there to be impersonated: it is about the stream below. */
const kInsecure = { rejectUnauthorized: false };

/** TLS over a socket of ours, once it is there. @param {import('node:stream').Duplex} socket */
const secure = (socket, options = {}) =>
  tls.connect({ socket: /** @type {any} */ (socket), ...kInsecure, ...options });

/** An agent for https that puts TLS on our sockets. @param {ClientAt} at */
function secureAgent(at) {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => at.record(secure(at.connect()));
  return agent;
}

/** @param {import('node:http2').ClientHttp2Session} session @returns {Promise<Client>} */
async function http2Client(session) {
  /** @type {string[]} */
  const said = [];
  session.on('error', (/** @type {NodeJS.ErrnoException} */ { code }) => said.push(`${code}`));
  session.on('goaway', () => said.push('goaway'));
  const closed = closeOf(session).then(() => ['close', ...said].join(' '));
  await once(session, 'connect');
  /** @param {string} path @param {string} method */
  const begin = (path, method) => session.request({ ':path': path, ':method': method });
  return {
    ask: async (question) => {
      const stream = begin('/ask', 'POST');
      stream.end(question);
      const answer = await text(stream);
      if (answer === '')
        throw Object.assign(new Error('no answer'), { code: `empty, ${stream.rstCode}` });
      return answer;
    },
    upload: async (source) => {
      const stream = begin('/upload', 'POST');
      const answer = text(stream);
      await pipeline(source, stream, { readable: false });
      return answer;
    },
    download: async () => begin('/download', 'GET'),
    ended: () => closed,
    close: async () => {
      session.close();
      await closed;
    },
  };
}

/** What a connection of the `tls` row is for, in its first byte. */
const kKinds = { ask: 'a', upload: 'u', download: 'd' };

/** @param {tls.TLSSocket} socket @param {import('../scenarios.mjs').ServerAt} at */
async function answerFrames(socket, at) {
  socket.on('error', () => {});
  await once(socket, 'readable').catch(() => {});
  const kind = String(socket.read(1));
  if (kind === kKinds.upload) return writeFrame(socket, await at.sink(oneBody(socket)));
  if (kind === kKinds.download) return pipeline(at.source(), socket).catch(() => {});
  try {
    for await (const question of frames(socket)) writeFrame(socket, await at.answer(`${question}`));
  } catch {
    // The connection was cut.
  }
}

/** Of a request that nobody reads, TLS over a plain Duplex takes all: Node 20. */
const heldByNobody = {
  expected: { large: ['held back', 'not held back: upload'] },
  over: { unix: { large: 'held back' }, wrapped: { large: 'not held back: upload' } },
};

/** @type {Row[]} */
export const rows = [
  {
    name: 'http.Agent',
    library: 'node',
    server: async (at) => {
      await at.serve(http.createServer(handler(at)));
    },
    client: (at) => requester(at.agent()),
  },
  {
    name: 'http.Agent, httpAllowHalfOpen',
    library: 'node',
    server: async (at) => {
      const server = http.createServer(handler(at));
      await at.serve(Object.assign(server, { httpAllowHalfOpen: true }));
    },
    client: (at) => requester(at.agent()),
    expected: { 'half-close': 'answered' },
    // It takes the death of the client for its half-close.
    over: overUnix({ 'client killed': 'hangs: the server keeps the connection' }),
  },
  {
    name: 'http.request, no agent',
    library: 'node',
    server: async (at) => {
      await at.serve(http.createServer(handler(at)));
    },
    client: (at) => {
      /** @type {typeof http.request} */
      const ask = (/** @type {any} */ options) =>
        http.request({ ...options, agent: undefined, createConnection: () => at.connect() });
      return requester(new http.Agent(), ask);
    },
    expected: { reuse: '100 connections', many: `${kMany} connections` },
  },
  {
    name: 'https.Agent',
    library: 'node',
    server: async (at) => {
      await at.serve(https.createServer(makeCertificate(), handler(at)));
    },
    client: (at) => requester(secureAgent(at), https.request),
    ...(process.versions.node.startsWith('20.') ? heldByNobody : {}),
  },
  {
    name: 'http2, h2c',
    library: 'node',
    server: async (at) => {
      await at.serve(http2.createServer(handler(at)));
    },
    client: (at) =>
      http2Client(http2.connect('http://localhost', { createConnection: () => at.connect() })),
    expected: { 'idle end': 'close', 'half-close': 'empty, 8' },
    // Nothing tells the death of the server from its end of the connection.
    over: overUnix({ 'server killed': 'empty, 8' }),
  },
  {
    name: 'http2, TLS',
    library: 'node',
    server: async (at) => {
      await at.serve(http2.createSecureServer(makeCertificate(), handler(at)));
    },
    client: (at) =>
      http2Client(
        http2.connect('https://localhost', {
          createConnection: () => at.record(secure(at.connect(), { ALPNProtocols: ['h2'] })),
        }),
      ),
    expected: { 'idle end': ['close', 'close EPIPE'], 'half-close': 'empty, 8' },
    over: {
      unix: { 'server killed': 'empty, 8' },
      // TLS says good-bye to a stream that has ended.
      wrapped: {
        'idle end': 'close ERR_STREAM_WRITE_AFTER_END',
        'server killed': 'ERR_STREAM_WRITE_AFTER_END',
      },
    },
  },
  {
    name: 'tls',
    library: 'node',
    server: async (at) => {
      const server = tls.createServer(makeCertificate(), (socket) => answerFrames(socket, at));
      await at.serve(server);
    },
    client: async (at) => {
      /** @param {keyof typeof kKinds} kind */
      const open = async (kind) => {
        const socket = at.record(secure(await at.connected()));
        await once(socket, 'secureConnect');
        socket.write(kKinds[kind]);
        return socket;
      };
      const socket = await open('ask');
      const ended = new Promise((resolve) => socket.once('end', () => resolve('end')));
      socket.on('error', () => {});
      const ask = asker(socket, socket);
      return {
        ask: async (question) => String(await ask(question)),
        upload: async (source) => {
          const uploading = await open('upload');
          await pipeline(source, uploading, { end: false });
          for await (const answer of frames(uploading)) return String(answer);
          throw new Error('no answer');
        },
        download: () => open('download'),
        ended: () => ended,
        close: () => socket.destroy(),
      };
    },
    expected: { 'idle end': 'end', 'half-close': 'ended' },
    over: overUnix({ 'server killed': 'ended' }),
  },
];
