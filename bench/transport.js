/** The contenders: each gives a process its end of a one-way connection, or of a pair of them. */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';

/**
 * @typedef {object} Transport
 * @property {(name: string) => Promise<import('node:stream').Writable>} writer
 * @property {(name: string) => Promise<import('node:stream').Readable>} reader
 */

/** @type {Record<string, Transport>} */
export const transports = {
  // Loaded by those who use it: the addon raises limits of the heap, which would help sockets too.
  smipc: {
    writer: async (name) => (await import('smipc')).createWriteStream(name),
    reader: async (name) => (await import('smipc')).createReadStream(name),
  },
  socket: {
    writer: async (name) => {
      for (;;) {
        const socket = connect(`/tmp/${name}.sock`);
        try {
          await once(socket, 'connect');
          return socket;
        } catch {
          // The server is not there yet.
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
    },
    reader: async (name) => {
      const path = `/tmp/${name}.sock`;
      rmSync(path, { force: true });
      const server = createServer().listen(path);
      const [socket] = await once(server, 'connection');
      server.close();
      return socket;
    },
  },
};

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return /** @type {number} */ (sorted[sorted.length >> 1]);
}

/**
 * min, median and max of the ratios, pair by pair.
 * @param {number[]} ours @param {number[]} theirs
 */
export function ratios(ours, theirs) {
  const pairs = ours.map((value, i) => value / /** @type {number} */ (theirs[i]));
  const text = [Math.min(...pairs), median(pairs), Math.max(...pairs)].map((r) => r.toFixed(2));
  return `min ${text[0]}  median ${text[1]}  max ${text[2]}`;
}
