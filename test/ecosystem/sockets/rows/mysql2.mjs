/** mysql2: the server that it has itself; client and pool by `stream`. */
import { once } from 'node:events';
import mysql from 'mysql2';
import { overUnix } from '../scenarios.mjs';

/** @typedef {import('../scenarios.mjs').Row} Row */

const kHandshake = {
  protocolVersion: 10,
  serverVersion: '8.0.0',
  connectionId: 1,
  statusFlags: 2,
  characterSet: 45,
  // All but SSL and compression.
  capabilityFlags: 0xff_ff_ff ^ 0x800 ^ 0x20,
};

/** @type {Row['server']} */
const server = async (at) => {
  const mysqlServer = /** @type {any} */ (mysql).createServer();
  mysqlServer.on('connection', (/** @type {any} */ connection) => {
    connection.serverHandshake(kHandshake);
    connection.on('error', () => {});
    connection.on('query', async (/** @type {string} */ sql) => {
      const [, verb, text = ''] = /^(ask|large) (.*)$/.exec(sql) ?? [];
      const value = verb === 'ask' ? await at.answer(text) : text;
      connection.writeColumns([
        {
          ...{ catalog: 'def', schema: '', table: '', orgTable: '', name: 'value' },
          ...{ orgName: 'value', characterSet: 45, columnLength: 1 << 25, columnType: 252 },
          ...{ flags: 0, decimals: 0 },
        },
      ]);
      connection.writeTextRow([value]);
      connection.writeEof();
    });
  });
  await at.listen((socket) => mysqlServer._server.emit('connection', socket));
};

/** @param {any} connection @param {string} sql @returns {Promise<string>} */
const query = (connection, sql) =>
  new Promise((resolve, reject) =>
    connection.query(sql, (/** @type {any} */ error, /** @type {any} */ [row] = []) =>
      error ? reject(error) : resolve(String(row.value)),
    ),
  );

/** @param {any} connection */
const clientOf = (connection) => ({
  ask: (/** @type {string} */ text) => query(connection, `ask ${text}`),
  large: async (/** @type {Buffer} */ bytes) =>
    Buffer.from(await query(connection, `large ${bytes.toString('base64')}`), 'base64'),
});

const settings = (/** @type {any} */ at) => ({ stream: () => at.connect(), user: 'somebody' });

/** @type {Row['expected']} */
const expected = {
  large: 'both ways',
  'half-close': 'PROTOCOL_CONNECTION_LOST',
  'server killed': 'ECONNRESET',
};
const over = overUnix({ 'server killed': 'PROTOCOL_CONNECTION_LOST' });

/** @type {Row[]} */
export const rows = [
  {
    name: 'mysql2, connection',
    library: 'mysql2',
    server,
    client: async (at) => {
      const connection = mysql.createConnection(settings(at));
      await once(connection, 'connect');
      const lost = new Promise((resolve) =>
        connection.on('error', (error) => resolve(String(error.code))),
      );
      return { ...clientOf(connection), ended: () => lost, close: () => connection.destroy() };
    },
    expected: { ...expected, 'idle end': 'PROTOCOL_CONNECTION_LOST' },
    over,
  },
  {
    name: 'mysql2, pool',
    library: 'mysql2',
    server,
    client: (at) => {
      const pool = mysql.createPool({ ...settings(at), connectionLimit: 5 });
      return {
        ...clientOf(pool),
        close: () => new Promise((resolve) => pool.end(() => resolve(undefined))),
      };
    },
    sockets: 5,
    expected,
    over,
  },
];
