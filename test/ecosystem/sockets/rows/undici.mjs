/** undici's dispatchers by `connect`, and fetch with an Agent of it; the version for Node 20, and the newest. */
import http from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { handler } from '../http-parts.mjs';
import { overUnix } from '../scenarios.mjs';

/** @typedef {import('../scenarios.mjs').Row} Row */

/** @type {Row['server']} */
const server = async (at) => {
  await at.serve(http.createServer(handler(at)));
};

const kOrigin = 'http://localhost';

/** @param {any} dispatcher @returns {import('../scenarios.mjs').Client} */
const requester = (dispatcher) => ({
  ask: async (question) => {
    const options = { origin: kOrigin, path: '/ask', method: 'POST', body: question };
    const { body } = await dispatcher.request(options);
    return body.text();
  },
  upload: async (source) => {
    const options = { origin: kOrigin, path: '/upload', method: 'POST', body: source };
    const { body } = await dispatcher.request(options);
    return body.text();
  },
  download: async () =>
    (await dispatcher.request({ origin: kOrigin, path: '/download', method: 'GET' })).body,
  close: () => dispatcher.destroy(),
});

/** @param {any} dispatcher @param {any} fetch @returns {import('../scenarios.mjs').Client} */
const fetcher = (dispatcher, fetch) => ({
  ask: async (question) => {
    const response = await fetch(`${kOrigin}/ask`, { dispatcher, method: 'POST', body: question });
    return response.text();
  },
  upload: async (source) => {
    const options = { dispatcher, method: 'POST', body: source, duplex: 'half' };
    return text((await fetch(`${kOrigin}/upload`, options)).body);
  },
  download: async () => Readable.fromWeb((await fetch(`${kOrigin}/download`, { dispatcher })).body),
  close: () => dispatcher.destroy(),
});

/** @param {string} library @returns {Row[]} */
function rowsOf(library) {
  const common = { library, server, ...(library === 'undici-8' ? { needs: '22' } : {}) };
  const load = () => import(library);
  return [
    {
      ...common,
      name: `${library} Client`,
      client: async (at) =>
        requester(new (await load()).Client(kOrigin, { connect: at.connector() })),
      expected: { 'half-close': 'UND_ERR_SOCKET', 'server killed': 'ECONNRESET' },
      over: overUnix({ 'server killed': 'UND_ERR_SOCKET' }),
    },
    {
      ...common,
      name: `${library} Pool`,
      client: async (at) =>
        requester(new (await load()).Pool(kOrigin, { connect: at.connector(), connections: 5 })),
      sockets: 5,
      expected: { 'half-close': 'UND_ERR_SOCKET', 'server killed': 'ECONNRESET' },
      over: overUnix({ 'server killed': 'UND_ERR_SOCKET' }),
    },
    {
      ...common,
      name: `${library} Agent, fetch`,
      client: async (at) => {
        const { Agent, fetch } = await load();
        return fetcher(new Agent({ connect: at.connector(), connections: 1 }), fetch);
      },
      expected: {
        'half-close': 'TypeError < UND_ERR_SOCKET',
        'server killed': 'TypeError < ECONNRESET',
      },
      over: overUnix({ 'server killed': 'TypeError < UND_ERR_SOCKET' }),
    },
    {
      ...common,
      name: `global fetch, ${library} Agent`,
      client: async (at) => {
        const { Agent } = await load();
        return fetcher(new Agent({ connect: at.connector(), connections: 1 }), fetch);
      },
      expected: {
        'half-close': 'TypeError < UND_ERR_SOCKET',
        'server killed': 'TypeError < ECONNRESET',
      },
      over: overUnix({ 'server killed': 'TypeError < UND_ERR_SOCKET' }),
    },
  ];
}

export const rows = [...rowsOf('undici'), ...rowsOf('undici-8')];
