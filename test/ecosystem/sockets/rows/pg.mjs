/** pg by `stream`; the server is PGlite, one for each connection. */
import net from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { overUnix } from '../scenarios.mjs';

/** @typedef {import('../scenarios.mjs').Row} Row */

/** The messages of a client; the first has no letter. @param {import('node:stream').Readable} stream */
async function* messages(stream) {
  let head = 0;
  let rest = Buffer.alloc(0);
  for await (const bytes of stream) {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= head + 4 && rest.length >= head + rest.readInt32BE(head)) {
      const end = head + rest.readInt32BE(head);
      yield rest.subarray(0, end);
      rest = rest.subarray(end);
      head = 1;
    }
  }
}

/** What is answered by the runner, and not only by the database. */
const kSpecial = /'(never|gate)'/;

/** @type {Row['server']} */
const server = async (at) => {
  const database = await PGlite.create();
  /** @type {(message: Buffer) => Promise<Uint8Array>} */
  const answer = async (message) => {
    const special = message.length < 200 ? kSpecial.exec(String(message)) : null;
    if (special !== null) await at.answer(String(special[1]));
    return database.execProtocolRaw(message);
  };
  await at.listen(async (socket) => {
    let last = Promise.resolve();
    try {
      // It reads on while it answers, so that it sees the end.
      for await (const message of messages(socket)) {
        last = last.then(async () => {
          socket.write(await answer(message));
        });
      }
    } catch {
      // The connection was cut.
    }
  });
};

/** @param {any} client or a pool */
const clientOf = (client) => ({
  ask: async (/** @type {string} */ text) =>
    (await client.query(`select upper('${text}') as answer`)).rows[0].answer,
  large: async (/** @type {Buffer} */ bytes) =>
    (await client.query('select $1::bytea as bytes', [bytes])).rows[0].bytes,
});

const settings = (/** @type {any} */ at) => ({
  ...{ user: 'postgres', database: 'postgres', password: 'any' },
  stream: () => {
    const socket = at.connect();
    // pg calls it. Node's own socket would dial a second time.
    if (socket instanceof net.Socket) socket.connect = () => socket;
    return socket;
  },
});

/** @type {Row['expected']} */
const expected = {
  large: 'both ways',
  'half-close': 'Error',
  'server killed': 'ECONNRESET',
};
const over = overUnix({ 'server killed': 'Error' });

/** @type {Row[]} */
export const rows = [
  {
    name: 'pg, Client',
    library: 'pg',
    server,
    client: async (at) => {
      const client = new pg.Client(settings(at));
      /** @type {string[]} */
      const errors = [];
      client.on('error', ({ message }) => errors.push(message));
      await client.connect();
      const ended = new Promise((resolve) => client.once('end', () => resolve(errors.join())));
      return { ...clientOf(client), ended: () => ended, close: () => client.end() };
    },
    expected: { ...expected, 'idle end': 'Connection terminated unexpectedly' },
    over,
  },
  {
    name: 'pg, Pool',
    library: 'pg',
    server,
    client: (at) => {
      const pool = new pg.Pool({ ...settings(at), max: 1 });
      pool.on('error', () => {});
      return { ...clientOf(pool), close: () => pool.end() };
    },
    expected,
    over,
  },
];
