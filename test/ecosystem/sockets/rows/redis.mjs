/** ioredis by its Connector, of both majors; redis, which takes no stream but for TLS. The server is a small one. */
import { rejects } from 'node:assert/strict';
import { once } from 'node:events';

/** @typedef {import('../scenarios.mjs').Row} Row */

const kEnd = Buffer.from('\r\n');

/** Commands as Redis clients send them: arrays of strings with their lengths. */
class Commands {
  #bytes = Buffer.alloc(0);
  #at = 0;

  /** @param {Buffer} bytes @returns {Generator<Buffer[]>} */
  *add(bytes) {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (;;) {
      this.#at = 0;
      const command = this.#command();
      if (command === undefined) return;
      this.#bytes = this.#bytes.subarray(this.#at);
      yield command;
    }
  }

  #command() {
    const length = this.#number();
    if (length === undefined) return;
    const parts = [];
    while (parts.length < length) {
      const size = this.#number();
      if (size === undefined || this.#bytes.length < this.#at + size + 2) return;
      parts.push(this.#bytes.subarray(this.#at, this.#at + size));
      this.#at += size + 2;
    }
    return parts;
  }

  /** After the `*` or `$`. */
  #number() {
    const end = this.#bytes.indexOf(kEnd, this.#at);
    if (end === -1) return;
    const number = Number(this.#bytes.subarray(this.#at + 1, end));
    this.#at = end + 2;
    return number;
  }
}

/** @param {Buffer} bytes */
const bulk = (bytes) => Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, kEnd]);

/** Its map of what the server is, for RESP 2 and 3. */
const hello = (/** @type {string} */ version) => {
  const pairs = ['server', 'redis', 'version', '7.0.0', 'proto', `:${version}`, 'id', ':1'];
  const head = version === '3' ? `%${pairs.length / 2}` : `*${pairs.length}`;
  const items = pairs.map((one) => (one.startsWith(':') ? one : `$${one.length}\r\n${one}`));
  return Buffer.from([head, ...items, ''].join('\r\n'));
};

/** @type {Row['server']} */
const server = async (at) => {
  /** @type {(command: Buffer[]) => Promise<Buffer>} */
  const answer = async ([name, first = Buffer.alloc(0)]) => {
    const verb = String(name).toUpperCase();
    if (verb === 'HELLO') return hello(String(first));
    if (verb === 'ECHO') return bulk(Buffer.from(await at.answer(String(first))));
    if (verb === 'GETSET') return bulk(first);
    if (verb === 'INFO') return bulk(Buffer.from('redis_version:7.0.0\r\nloading:0\r\n'));
    return Buffer.from('+OK\r\n');
  };
  await at.listen((socket) => {
    const commands = new Commands();
    let last = Promise.resolve();
    socket.on('data', (bytes) => {
      for (const command of commands.add(bytes)) {
        last = last.then(async () => {
          socket.write(await answer(command));
        });
      }
    });
  });
};

/** @param {string} library @param {any} settings @returns {Row['client']} */
const client = (library, settings) => async (at) => {
  const { Redis } = await import(library);
  /** ioredis makes one for each connection. */
  class Connector {
    connecting = true;
    /** @type {import('node:stream').Duplex | undefined} */
    #stream;

    async connect() {
      this.#stream = await at.connected();
      return this.#stream;
    }

    check() {
      return true;
    }

    disconnect() {
      this.connecting = false;
      // Nobody else ends it.
      this.#stream?.end();
    }
  }
  const redis = new Redis({ Connector, retryStrategy: () => 20, ...settings });
  const errors = [];
  redis.on('error', (/** @type {unknown} */ error) => errors.push(error));
  await once(redis, 'ready');
  return {
    ask: (text) => redis.echo(text),
    large: (bytes) => redis.callBuffer('GETSET', bytes),
    close: () => redis.disconnect(),
  };
};

/** @type {Row['expected']} */
const expected = {
  large: 'both ways',
  'half-close': 'MaxRetriesPerRequestError',
  'server killed': 'MaxRetriesPerRequestError',
};

/** @type {Row[]} */
export const rows = [
  {
    name: 'ioredis',
    library: 'ioredis',
    server,
    client: client('ioredis', { maxRetriesPerRequest: 0 }),
    expected,
  },
  {
    name: 'ioredis 5',
    library: 'ioredis-5',
    server,
    client: client('ioredis-5', { maxRetriesPerRequest: 0 }),
    expected,
  },
  {
    name: 'redis',
    library: 'redis',
    server,
    only: {
      'not possible: a stream in `socket` is not used without TLS': async (at) => {
        const { createClient } = await import('redis');
        const stream = await at.connected();
        const socket = {
          socket: stream,
          stream,
          port: 1,
          host: '127.0.0.1',
          reconnectStrategy: false,
        };
        const redis = createClient({ socket: /** @type {any} */ (socket) });
        redis.on('error', () => {});
        await rejects(redis.connect(), { code: 'ECONNREFUSED' });
        stream.destroy();
      },
    },
  },
];
