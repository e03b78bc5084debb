/** What the rows over HTTP have in common: one set of paths, and clients of Node's own kind. */
import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/** @typedef {import('./scenarios.mjs').ServerAt} ServerAt */
/** @typedef {import('./scenarios.mjs').Client} Client */

/**
 * A listener for requests: of http, https, and http2's compatible interface.
 * @param {ServerAt} at
 */
export const handler = (at) => async (/** @type {any} */ request, /** @type {any} */ response) => {
  if (request.url === '/ask') response.end(await at.answer(await text(request)));
  else if (request.url === '/upload') response.end(await at.sink(request));
  // Whoever stops reading it has said so already.
  else await pipeline(at.source(), response).catch(() => {});
};

/**
 * A client by `http.request` or `https.request`.
 * @param {import('node:http').Agent} agent
 * @param {typeof http.request} [ask]
 * @returns {Client}
 */
export function requester(agent, ask = http.request) {
  /** @param {string} path @param {string} method */
  const begin = (path, method) => {
    const request = ask({ agent, method, path, host: 'localhost' });
    const response = once(request, 'response');
    // Who waits for it hears of it; the rest is the request's own error.
    response.catch(() => {});
    return { request, response };
  };
  return {
    ask: async (question) => {
      const { request, response } = begin('/ask', 'POST');
      request.end(question);
      const [answer] = await response;
      return text(answer);
    },
    upload: async (source) => {
      const { request, response } = begin('/upload', 'POST');
      await pipeline(source, request);
      const [answer] = await response;
      return text(answer);
    },
    download: async () => {
      const { request, response } = begin('/download', 'GET');
      request.end();
      const [answer] = await response;
      return answer;
    },
    close: () => agent.destroy(),
  };
}
