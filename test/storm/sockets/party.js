// The process of a server or a client of a round. It takes its orders by IPC, and ends by itself when
// it is over; what JavaScript can do to itself it does here, and signals are sent to it.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { until } from '../../fixtures/timing/until.js';
import { descriptorsIn, mappingsOf, waiterThreads } from '../leaks.js';
import { RoundClient } from './client.js';
import { RoundServer } from './server.js';

/**
 * @typedef {object} Order
 * @property {import('./plan.js').SocketPlan} plan
 * @property {'server' | 'client'} role
 * @property {number} index of a client
 * @property {boolean} inThread
 * @property {string} dir
 * @property {string} name
 * @property {string} journal a file
 */

/** What is left of connections in this process, when all of them are over. @param {string} dir */
async function checkLeaks(dir) {
  const left = () => [
    ...descriptorsIn(process.pid, dir),
    ...mappingsOf(process.pid, dir),
    // One waits for the next.
    ...Array(Math.max(0, waiterThreads(process.pid) - 1)).fill('a waiter thread'),
  ];
  await until(() => left().length === 0, 'nothing to be left').catch(() => {
    throw new Error(`left: ${left()}`);
  });
}

/** @param {Order} order @param {(message: object) => void} tell */
function begin(order, tell) {
  const party =
    order.role === 'server' ? new RoundServer(order, tell) : new RoundClient(order, tell);
  return (/** @type {string} */ what) => {
    if (what === 'exit') process.exit(0);
    if (what === 'exception') {
      setImmediate(() => {
        throw new Error('nobody catches this');
      });
    }
    if (what === 'describe') tell({ is: 'description', lines: party.describe() });
    if (what === 'look for leaks') {
      // A session of a client goes a second after its last connection.
      void checkLeaks(order.dir).then(() => tell({ is: 'clean' }));
    }
    party.obey(what);
  };
}

/** @param {Order} order @param {(message: object) => void} tell */
function beginInThread(order, tell) {
  const worker = new Worker(new URL(import.meta.url), { workerData: order });
  worker.on('message', tell);
  worker.on('error', (error) => {
    console.error(error);
    process.exitCode = 1;
  });
  return (/** @type {string} */ what) => {
    if (what === 'terminate') void worker.terminate();
    else worker.postMessage(what);
  };
}

if (isMainThread) {
  const tell = (/** @type {object} */ message) => void process.send?.(message, () => {});
  // The storm is over before its order came.
  const giveUp = () => process.exit(0);
  process.once('disconnect', giveUp);
  process.once('message', (message) => {
    const order = /** @type {Order} */ (message);
    const obey = order.inThread ? beginInThread(order, tell) : begin(order, tell);
    process.on('message', (what) => obey(/** @type {string} */ (what)));
    // It ends when it has nothing more to do.
    process.channel?.unref();
  });
  tell({ is: 'ready' });
} else {
  const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
  const obey = begin(workerData, (message) => port.postMessage(message));
  port.on('message', obey);
  port.unref();
}
