/** ssh2: the client by `sock`, the server by injectSocket; requests over one channel, large bodies over others. */
import { once } from 'node:events';
import { text as textOf } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import ssh2 from 'ssh2';
import { asker, closeOf, frames, writeFrame } from '../frames.mjs';
import { overUnix } from '../scenarios.mjs';

/** @typedef {import('../scenarios.mjs').Row} Row */

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
              // The answer goes out after the end of the body.
              stream.write(await at.sink(stream.iterator({ destroyOnReturn: false })));
            } else {
              for await (const question of frames(stream)) {
                at.answer(String(question)).then((answer) => writeFrame(stream, answer));
              }
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
      const channel = await exec('ask');
      const ask = asker(channel, channel);
      const lost = closed.then((how) => {
        throw Object.assign(new Error(how), { code: how });
      });
      lost.catch(() => {});
      return {
        ask: async (text) => String(await Promise.race([ask(text), lost])),
        upload: async (source) => {
          const stream = await exec('upload');
          source.pipe(stream);
          return textOf(stream);
        },
        download: () => exec('download'),
        ended: () => closed,
        close: async () => {
          client.end();
          await closed;
        },
      };
    },
    expected: {
      'idle end': 'close',
      'half-close': 'close',
      'server killed': 'close client-socket ECONNRESET',
    },
    over: overUnix({ 'server killed': 'close' }),
  },
];
