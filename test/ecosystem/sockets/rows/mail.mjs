/** nodemailer by getSocket, and smtp-server, whose inner server is told of connections. */
import nodemailer from 'nodemailer';
import { SMTPServer } from 'smtp-server';
import { digest } from '../bodies.mjs';
import { kMany, overUnix } from '../scenarios.mjs';

/** @typedef {import('../scenarios.mjs').Row} Row */

/** @type {Row['server']} */
const server = async (at) => {
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: async (stream, session, callback) => {
      const got = await digest(stream);
      const [name = ''] = String(/** @type {any} */ (session.envelope.mailFrom)?.address).split(
        '@',
      );
      callback(null, name === 'large' ? got : await at.answer(name.replaceAll('.', ' ')));
    },
  });
  smtp.on('error', () => {});
  await at.listen((socket) => smtp.server.emit('connection', socket));
};

/** @param {boolean} pool @returns {Row['client']} */
const client = (pool) => (at) => {
  const transport = nodemailer.createTransport({
    ...(pool ? { pool, maxConnections: 1, maxMessages: Number.POSITIVE_INFINITY } : {}),
    getSocket: async (/** @type {unknown} */ _options, /** @type {any} */ callback) => {
      const connection = await at.connected();
      callback(null, { connection });
    },
  });
  /** @param {string} name @param {string} raw */
  const send = async (name, raw) => {
    const envelope = { from: `${name}@localhost`, to: 'you@localhost' };
    const { response } = await transport.sendMail({ envelope, raw });
    return response.slice('250 '.length);
  };
  return {
    ask: (text) => send(text.replaceAll(' ', '.'), 'Subject: it\r\n\r\nis in the sender\r\n'),
    large: async (bytes) => {
      const lines = bytes.toString('base64').match(/.{1,76}/g);
      const raw = `Subject: large\r\n\r\n${lines?.join('\r\n')}\r\n`;
      const got = await send('large', raw);
      if (got !== (await digest([Buffer.from(raw)]))) throw new Error(`digest ${got}`);
      return bytes;
    },
    close: () => transport.close(),
  };
};

/** @type {Row['expected']} */
const expected = {
  large: 'both ways',
  'half-close': 'ECONNECTION',
  'server killed': 'ESOCKET',
};
const over = overUnix({ 'server killed': 'ECONNECTION' });

/** @type {Row[]} */
export const rows = [
  {
    name: 'nodemailer, smtp-server',
    library: 'nodemailer',
    server,
    client: client(false),
    expected: { ...expected, reuse: '100 connections', many: `${kMany} connections` },
    over,
  },
  {
    name: 'nodemailer pool, smtp-server',
    library: 'nodemailer',
    server,
    client: client(true),
    expected,
    over,
  },
];
