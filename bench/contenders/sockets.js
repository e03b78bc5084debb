/** Node's own sockets: Unix domain, and TCP on the loopback interface. */
import { once } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { awaiting, streamReader, streamWriter } from './streams.js';

const kBufferBytes = 64 * 1024;

/** @typedef {import('./contender.js').Link} Link */

/** The reader is not there yet: that is no failure. @param {() => Promise<import('node:net').Socket>} attempt */
async function retry(attempt) {
  for (;;) {
    try {
      return await attempt();
    } catch {
      await delay(2);
    }
  }
}

/** @param {import('node:net').NetConnectOpts} options @returns {Promise<import('node:net').Socket>} */
function connected(options) {
  const socket = connect(options);
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket)).once('error', reject);
  });
}

/** @param {import('node:net').Server} server */
async function accept(server) {
  const [socket] = await once(server, 'connection');
  server.close();
  return socket;
}

/** @type {import('./contender.js').Contender} */
export const socket = {
  name: 'socket',
  label: 'Unix domain socket',
  openWriter: async ({ path }) => streamWriter(await retry(() => connected({ path }))),
  openReader: async ({ path }) => streamReader(await accept(createServer().listen(path))),
};

export const socketAwaiting = awaiting(socket, ({ path }) => accept(createServer().listen(path)));

/** @type {import('./contender.js').Contender} */
export const tcp = {
  name: 'tcp',
  label: 'TCP loopback',
  async openWriter({ path }) {
    const attempt = async () => {
      const port = Number(await readFile(path, 'utf8'));
      return connected({ host: '127.0.0.1', port, noDelay: true });
    };
    return streamWriter(await retry(attempt));
  },
  async openReader({ path }) {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    // Whole or not at all.
    await writeFile(`${path}.new`, String(port));
    await rename(`${path}.new`, path);
    return streamReader(await accept(server));
  },
};

/**
 * The reader has one buffer for all chunks. Node knows `onread` only where it connects; so the writer
 * listens.
 * @type {import('./contender.js').Contender}
 */
export const socketOnread = {
  name: 'socket-onread',
  label: 'Unix domain socket, onread',
  openWriter: async ({ path }) => streamWriter(await accept(createServer().listen(path))),
  async openReader({ path }) {
    /** @type {(chunk: Uint8Array) => void} */
    let onBytes = () => {};
    /** @param {number} bytes @param {Uint8Array} buffer */
    const callback = (bytes, buffer) => {
      onBytes(buffer.subarray(0, bytes));
      return true;
    };
    const onread = { buffer: Buffer.allocUnsafeSlow(kBufferBytes), callback };
    const stream = await retry(() => connected({ path, onread }));
    stream.pause();
    return {
      read(onChunk) {
        onBytes = onChunk;
        stream.resume();
      },
    };
  },
};
