/** Clients whose servers are not here: whether a stream gets in, and what they say first. */
import { rejects, throws } from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import amqplib from 'amqplib';
import { Kafka, logLevel } from 'kafkajs';
import { MongoClient } from 'mongodb';
import tedious from 'tedious';

/** @typedef {import('../scenarios.mjs').Row} Row */

/** Ends each connection when something has arrived. @type {Row['server']} */
const server = async (at) => {
  await at.listen((socket) => socket.once('data', () => socket.end()));
};

/** The first bytes that are written to it. @param {import('node:stream').Duplex} stream @returns {Promise<Buffer>} */
const firstWritten = (stream) =>
  new Promise((resolve) => {
    const { write } = stream;
    stream.write = (/** @type {any[]} */ ...args) => {
      resolve(Buffer.from(args[0]));
      return Reflect.apply(write, stream, args);
    };
  });

/** @type {Row[]} */
export const rows = [
  {
    name: 'kafkajs',
    library: 'kafkajs',
    server,
    only: {
      'by socketFactory; asks for ApiVersions': async (at) => {
        /** @type {Promise<Buffer> | undefined} */
        let first;
        const kafka = new Kafka({
          brokers: ['localhost:1'],
          logLevel: logLevel.NOTHING,
          retry: { retries: 0 },
          socketFactory: ({ onConnect }) => {
            const socket = /** @type {any} */ (at.connect());
            first = firstWritten(socket);
            socket.once('connect', onConnect);
            return socket;
          },
        });
        await rejects(kafka.admin().connect(), { name: /^KafkaJS/ });
        if ((await first)?.readInt16BE(4) !== 18) throw new Error(`it wrote ${await first}`);
      },
    },
  },
  {
    name: 'tedious',
    library: 'tedious',
    server,
    only: {
      'by connector; sends its prelogin': async (at) => {
        /** @type {Promise<Buffer> | undefined} */
        let first;
        const connection = new tedious.Connection({
          server: 'localhost',
          options: {
            encrypt: false,
            connector: async () => {
              const socket = await at.connected();
              first = firstWritten(socket);
              return /** @type {any} */ (socket);
            },
          },
        });
        const failed = once(connection, 'connect');
        connection.connect();
        const [error] = await failed;
        if (!(error instanceof Error)) throw new Error('it connected');
        if ((await first)?.[0] !== 0x12) throw new Error(`it wrote ${await first}`);
        connection.close();
      },
    },
  },
  {
    name: 'amqplib',
    library: 'amqplib',
    server,
    only: {
      'not possible: dials itself, whatever socket or stream says': async (at) => {
        const socket = await at.connected();
        const options = { socket, stream: socket, createConnection: () => socket };
        await rejects(amqplib.connect('amqp://127.0.0.1:1', options), { code: 'ECONNREFUSED' });
        socket.destroy();
      },
      'its inner Connection is not exported': async () => {
        const load = createRequire(import.meta.url);
        throws(() => load('amqplib/lib/connection'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
      },
    },
  },
  {
    name: 'mongodb',
    library: 'mongodb',
    server,
    only: {
      'not possible: refuses existingSocket, socket and stream': async () => {
        for (const name of ['existingSocket', 'socket', 'stream']) {
          const options = /** @type {any} */ ({ [name]: {} });
          throws(() => new MongoClient('mongodb://localhost', options), {
            name: 'MongoParseError',
          });
        }
      },
    },
  },
];
