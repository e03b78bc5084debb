/** ssh2: the client by `sock`, the server by injectSocket; each request is a channel. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { buffer, text as textOf } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import ssh2 from 'ssh2';
import { closeOf } from '../frames.mjs';
import { overUnix } from '../scenarios.mjs';

/** @typedef {import('../scenarios.mjs').Row} Row */

/** A channel cannot be iterated: that never ends. @param {import('node:stream').Duplex} channel */
const readable = (channel) => channel.pipe(new PassThrough());

/** @type {Row[]} */
export const rows = [
  {
    name: 'ssh2',
    library: 'ssh2',
    server: async (at) => {
      const { private: hostKey } = ssh2.utils.generateKeyPairSync('ed25519');
      const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
        client.on('error', () => {});
        client.on('authentication', (context) => context.accept());
        client.on('session', (accept) => {
          accept().on('exec', async (acceptExec, _reject, { command }) => {
            const stream = acceptExec();
            if (command === 'download') {
              await pipeline(at.source(), stream, { end: false }).catch(() => {});
            } else if (command === 'upload') {
              stream.write(await at.sink(readable(stream)));
            } else {
              stream.write(await at.answer(command));
            }
            stream.exit(0);
            stream.end();
          });
        });
      });
      await at.listen((socket) => server.injectSocket(/** @type {any} */ (socket)));
    },
    client: async (at) => {
      const client = new ssh2.Client();
      /** @type {string[]} */
      const errors = [];
      client.on('error', ({ code, level }) => errors.push(`${level} ${code}`));
      const closed = closeOf(client).then(() => ['close', ...errors].join(' '));
      client.connect({ sock: /** @type {any} */ (at.connect()), username: 'somebody' });
      await once(client, 'ready');
      /** @param {string} command @returns {Promise<ssh2.ClientChannel>} */
      const exec = (command) =>
        new Promise((resolve, reject) => {
          client.exec(command, (error, stream) => (error ? reject(error) : resolve(stream)));
        });
      return {
        ask: async (text) => {
          const stream = await exec(text);
          let code;
          stream.once('exit', (exitCode) => {
            code = exitCode;
          });
          const answer = await buffer(readable(stream));
          if (code === 0) return String(answer);
          const how = `no exit code, ${await closed}`;
          throw Object.assign(new Error(how), { code: how });
        },
        upload: async (source) => {
          const stream = await exec('upload');
          source.pipe(stream);
          return textOf(readable(stream));
        },
        download: async () => readable(await exec('download')),
        ended: () => closed,
        close: async () => {
          client.end();
          await closed;
        },
      };
    },
    expected: {
      'idle end': 'close',
      'half-close': 'no exit code, close',
      'server killed': 'no exit code, close client-socket ECONNRESET',
    },
    over: overUnix({ 'server killed': 'no exit code, close' }),
  },
];
