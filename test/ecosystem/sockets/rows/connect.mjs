/** connect-es: Connect over HTTP/1.1 and HTTP/2, and gRPC. */
import http from 'node:http';
import http2 from 'node:http2';
import { Readable } from 'node:stream';
import { create, createFileRegistry } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { createClient } from '@connectrpc/connect';
import {
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import { overUnix } from '../scenarios.mjs';
import { kind } from '../transport.mjs';

/** @typedef {import('../scenarios.mjs').Row} Row */

// LABEL_OPTIONAL; TYPE_STRING, TYPE_BYTES.
const field = (/** @type {string} */ name, /** @type {number} */ type) => ({
  ...{ name, jsonName: name, number: 1, label: 1, type },
});
const kText = '.sockets.Text';
const kBytes = '.sockets.Bytes';
const service = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: 'sockets.proto',
    package: 'sockets',
    syntax: 'proto3',
    messageType: [
      { name: 'Text', field: [field('text', 9)] },
      { name: 'Bytes', field: [field('bytes', 12)] },
    ],
    service: [
      {
        name: 'Service',
        method: [
          { name: 'Ask', inputType: kText, outputType: kText },
          { name: 'Upload', inputType: kBytes, outputType: kText, clientStreaming: true },
          { name: 'Download', inputType: kText, outputType: kBytes, serverStreaming: true },
        ],
      },
    ],
  }),
  () => undefined,
).getService('sockets.Service');

/** @param {AsyncIterable<any>} messages */
async function* bytesOf(messages) {
  for await (const { bytes } of messages) yield bytes;
}

/** @param {AsyncIterable<Uint8Array>} parts */
async function* messagesOf(parts) {
  for await (const bytes of parts) yield { bytes };
}

/** @param {any} create of a server @returns {Row['server']} */
const server = (create) => async (at) => {
  const routes = (/** @type {any} */ router) =>
    router.service(service, {
      ask: async (/** @type {any} */ { text }) => ({ text: await at.answer(text) }),
      upload: async (/** @type {any} */ messages) => ({ text: await at.sink(bytesOf(messages)) }),
      download: () => messagesOf(at.source()),
    });
  await at.serve(create(connectNodeAdapter({ routes })));
};

/** @param {any} transport @param {() => unknown} close @returns {import('../scenarios.mjs').Client} */
function clientOf(transport, close) {
  const client = /** @type {any} */ (createClient(/** @type {any} */ (service), transport));
  return {
    ask: async (text) => (await client.ask({ text })).text,
    upload: async (source) => (await client.upload(messagesOf(source))).text,
    download: async () => Readable.from(bytesOf(client.download({}))),
    close,
  };
}

const baseUrl = 'http://localhost';

/** @param {(options: any) => any} createTransport @returns {Row['client']} */
const http2Client = (createTransport) => (at) => {
  const sessionManager = new Http2SessionManager(baseUrl, undefined, {
    createConnection: () => /** @type {any} */ (at.connect()),
  });
  const options = { baseUrl, httpVersion: '2', sessionManager };
  return clientOf(createTransport(options), () => sessionManager.abort());
};

/** @type {Pick<Row, 'expected' | 'over'>} */
const overHttp2 = {
  expected: { 'half-close': 'ConnectError 1', 'server killed': 'ConnectError 10 < ECONNRESET' },
  // As http2 has it.
  over: overUnix({ 'server killed': 'ConnectError 1' }),
};

/** Since Node 24, http2 over a Duplex takes some whole answers for ones that were cut. */
const isFlawed = Number.parseInt(process.versions.node, 10) >= 24 && kind !== 'unix';
const kFlaw = 'ERR_STREAM_PREMATURE_CLOSE at times, a fault of Node';
const without = isFlawed
  ? { request: kFlaw, reuse: kFlaw, large: kFlaw, 'idle end': kFlaw, many: kFlaw }
  : {};

/** @type {Row[]} */
export const rows = [
  {
    name: 'connect-node, HTTP/1.1',
    library: '@connectrpc/connect-node',
    server: server(http.createServer),
    client: (at) => {
      const agent = at.agent();
      const options = /** @type {any} */ ({ baseUrl, httpVersion: '1.1', nodeOptions: { agent } });
      return clientOf(createConnectTransport(options), () => agent.destroy());
    },
    expected: {
      'half-close': 'ConnectError 10 < ECONNRESET',
      'server killed': 'ConnectError 10 < ECONNRESET',
    },
  },
  {
    name: 'connect-node, HTTP/2',
    library: '@connectrpc/connect-node',
    server: server(http2.createServer),
    client: http2Client(createConnectTransport),
    ...overHttp2,
    without,
  },
  {
    name: 'connect-node, gRPC',
    library: '@connectrpc/connect-node',
    server: server(http2.createServer),
    client: http2Client(createGrpcTransport),
    ...overHttp2,
    without,
  },
];
