/** Frameworks over http's server. */
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import express from 'express';
import fastify from 'fastify';
import { requester } from '../http-parts.mjs';

/** @typedef {import('../scenarios.mjs').Row} Row */

/** @type {Row[]} */
export const rows = [
  {
    name: 'express',
    library: 'express',
    server: async (at) => {
      const app = express();
      app.post('/ask', async (request, response) => {
        response.send(await at.answer(await text(request)));
      });
      app.post('/upload', async (request, response) => {
        response.send(await at.sink(request));
      });
      app.get('/download', (_request, response) => pipeline(at.source(), response).catch(() => {}));
      await at.serve(http.createServer(app));
    },
    client: (at) => requester(at.agent()),
  },
  {
    name: 'fastify',
    library: 'fastify',
    server: async (at) => {
      const app = fastify();
      // Bodies as streams, whatever their type.
      app.removeAllContentTypeParsers();
      app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
      app.post('/ask', async ({ raw }) => at.answer(await text(raw)));
      app.post('/upload', ({ raw }) => at.sink(raw));
      app.get('/download', (_request, reply) => reply.send(at.source()));
      await app.ready();
      await at.serve(app.server);
    },
    client: (at) => requester(at.agent()),
  },
];
