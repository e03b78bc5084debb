/** grpc-js: the server by createConnectionInjector; its client only dials itself, so through a relay. */
import { rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { Client, credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { makeRelay } from '../relay.mjs';

/** @typedef {import('../scenarios.mjs').Row} Row */

const same = (/** @type {Buffer} */ bytes) => bytes;
const kService = Object.fromEntries(
  ['Ask', 'Upload', 'Download'].map((name) => [
    name,
    {
      path: `/sockets.Service/${name}`,
      requestStream: name === 'Upload',
      responseStream: name === 'Download',
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  ]),
);

/** @type {Row['server']} */
const server = async (at) => {
  const grpc = new Server();
  grpc.addService(kService, {
    Ask: async (/** @type {any} */ call, /** @type {any} */ callback) =>
      callback(null, Buffer.from(await at.answer(String(call.request)))),
    Upload: async (/** @type {any} */ call, /** @type {any} */ callback) =>
      callback(null, Buffer.from(await at.sink(call))),
    Download: (/** @type {any} */ call) => at.source().pipe(call),
  });
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  await at.listen((socket) => injector.injectConnection(socket));
};

/** @param {any} client @param {string} name @param {Buffer} argument @returns {Promise<Buffer>} */
const unary = (client, name, argument) =>
  new Promise((resolve, reject) => {
    const { path } = kService[name];
    client.makeUnaryRequest(path, same, same, argument, (/** @type {any} */ error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });

/** @type {Row[]} */
export const rows = [
  {
    name: 'grpc-js, client through a relay',
    library: '@grpc/grpc-js',
    server,
    client: async (at) => {
      const relay = await makeRelay(at);
      const client = new Client(`unix:${relay.path}`, credentials.createInsecure());
      return {
        ask: async (text) => String(await unary(client, 'Ask', Buffer.from(text))),
        upload: (source) =>
          new Promise((resolve, reject) => {
            const { path } = kService.Upload;
            const call = client.makeClientStreamRequest(path, same, same, (error, answer) =>
              error ? reject(error) : resolve(String(answer)),
            );
            source.pipe(call);
          }),
        download: async () => {
          const { path } = kService.Download;
          return client.makeServerStreamRequest(path, same, same, Buffer.alloc(0));
        },
        close: () => {
          client.close();
          relay.close();
        },
      };
    },
    expected: {
      large: 'not held back: download',
      'half-close': 'Error 14',
      'server killed': 'Error 14',
    },
  },
  {
    name: 'grpc-js, client',
    library: '@grpc/grpc-js',
    server,
    only: {
      'not possible: dials itself, whatever createConnection says': async (at) => {
        const socket = at.connect();
        let calls = 0;
        const options = /** @type {any} */ ({
          createConnection: () => {
            calls++;
            return socket;
          },
        });
        const address = 'unix:/nowhere/nobody';
        const client = new Client(address, credentials.createInsecure(), options);
        await rejects(unary(client, 'Ask', Buffer.from('hello')), { code: 14 });
        if (calls > 0) throw new Error('createConnection was called');
        client.close();
        socket.destroy();
        await once(socket, 'close');
      },
    },
  },
];
