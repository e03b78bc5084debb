/**
 * `MessagePort`s to a worker thread of the same process. They have no backpressure; so the reader
 * acknowledges, and the writer has at most so much on the way.
 */
import { MessageChannel, Worker, workerData } from 'node:worker_threads';

const kMostBytes = 1024 * 1024;
const kMostMessages = 256;

/** @param {number} size */
const mostOnTheWay = (size) => Math.max(2, Math.min(kMostMessages, Math.floor(kMostBytes / size)));

/** @param {import('./contender.js').Link} link @returns {import('node:worker_threads').MessagePort} */
const portOf = ({ second, direction }) => (second?.ports ?? workerData)[direction];

/**
 * @param {string} name @param {string} label
 * @param {(port: import('node:worker_threads').MessagePort, source: import('./contender.js').Source) => void} send
 * @returns {import('./contender.js').Contender}
 */
function messagePort(name, label, send) {
  return {
    name,
    label,
    start(file, argv) {
      const up = new MessageChannel();
      const down = new MessageChannel();
      const ports = { up: up.port2, down: down.port2 };
      const handle = new Worker(file, {
        argv,
        workerData: ports,
        transferList: [ports.up, ports.down],
      });
      return { pid: process.pid, handle, ports: { up: up.port1, down: down.port1 } };
    },
    async openWriter(link) {
      const port = portOf(link);
      let room = mostOnTheWay(link.size);
      /** @type {(() => void) | undefined} */
      let onRoom;
      port.on('message', (count) => {
        room += count;
        onRoom?.();
      });
      return {
        write(source) {
          send(port, source);
          room--;
          if (room > 0) return true;
          return new Promise((resolve) => {
            onRoom = () => resolve(undefined);
          });
        },
      };
    },
    async openReader(link) {
      const port = portOf(link);
      const batch = mostOnTheWay(link.size) >> 1;
      let count = 0;
      return {
        read(onChunk) {
          port.on('message', (chunk) => {
            onChunk(chunk);
            if (++count < batch) return;
            port.postMessage(count);
            count = 0;
          });
        },
      };
    },
  };
}

export const portCopy = messagePort('port-copy', 'MessagePort, copying', (port, source) => {
  // A view would take all of the memory under it along.
  port.postMessage(source.alone());
});

export const portTransfer = messagePort(
  'port-transfer',
  'MessagePort, transferring',
  (port, source) => {
    const chunk = source.fresh();
    port.postMessage(chunk, [/** @type {ArrayBuffer} */ (chunk.buffer)]);
  },
);
