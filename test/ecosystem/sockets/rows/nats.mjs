/** nats: nothing public takes a stream, so its transport's `dial` is replaced. The server is a small one. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { connect } from '@nats-io/transport-node';

/** @typedef {import('../scenarios.mjs').Row} Row */

const require = createRequire(import.meta.url);
const folder = dirname(require.resolve('@nats-io/transport-node/package.json'));
const { NodeTransport } = require(join(folder, 'lib', 'node_transport.js'));

const kInfo = {
  server_id: 'small',
  version: '2.10.0',
  proto: 1,
  headers: true,
  max_payload: 1 << 26,
};
const kEnd = Buffer.from('\r\n');

/** Lines, and what a PUB brings. @param {import('node:stream').Readable} stream */
async function* commands(stream) {
  let rest = Buffer.alloc(0);
  for await (const bytes of stream) {
    rest = Buffer.concat([rest, bytes]);
    for (let end = rest.indexOf(kEnd); end !== -1; end = rest.indexOf(kEnd)) {
      const words = String(rest.subarray(0, end)).split(' ');
      const size = words[0] === 'PUB' ? Number(words.at(-1)) + 2 : 0;
      if (rest.length < end + 2 + size) break;
      yield { words, payload: rest.subarray(end + 2, end + size) };
      rest = rest.subarray(end + 2 + size);
    }
  }
}

/** @type {Row[]} */
export const rows = [
  {
    name: 'nats',
    library: '@nats-io/transport-node',
    server: async (at) => {
      await at.listen(async (socket) => {
        socket.write(`INFO ${JSON.stringify(kInfo)}\r\n`);
        let id = '';
        /** @param {string} subject @param {string} reply @param {Buffer} payload */
        const publish = async (subject, reply, payload) => {
          const answer =
            subject === 'ask' ? Buffer.from(await at.answer(String(payload))) : payload;
          const head = Buffer.from(`MSG ${reply} ${id} ${answer.length}\r\n`);
          socket.write(Buffer.concat([head, answer, kEnd]));
        };
        try {
          for await (const { words, payload } of commands(socket)) {
            const [verb, subject = '', second = ''] = words;
            if (verb === 'PING') socket.write('PONG\r\n');
            if (verb === 'SUB') id = second;
            if (verb === 'PUB') publish(subject, second, payload);
          }
        } catch {
          // The connection was cut.
        }
      });
    },
    client: async (at) => {
      NodeTransport.prototype.dial = () => at.connected();
      const client = await connect({ servers: 'localhost', reconnect: false, noResolve: true });
      const closed = client.closed();
      return {
        ask: async (text) => (await client.request('ask', text, { timeout: 60_000 })).string(),
        large: async (bytes) => Buffer.from((await client.request('large', bytes)).data),
        ended: async () => {
          const error = /** @type {any} */ (await closed);
          return `closed ${error?.code ?? error?.name ?? ''}`.trim();
        },
        close: () => client.close(),
      };
    },
    expected: {
      large: 'both ways',
      'idle end': 'closed',
      'half-close': 'RequestError < RequestError',
      'server killed': 'RequestError < RequestError',
    },
  },
];
