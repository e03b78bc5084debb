// The process of a victim: does what its plan says with one end of a channel, until something ends it.
// It takes one order by IPC; what JavaScript can do to itself it does here, and signals are sent to it.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { startReader, startWriter } from './ends.js';

/** How much a huge write is, in rings. */
const kHuge = 16;
/** Exit code: what came was not what had been written, or the like. */
const kWrong = 70;

/** @typedef {{ plan: import('./plan.js').Plan, site: import('./ends.js').Site }} Order */

/** @param {unknown} error */
function fail(error) {
  console.error(error);
  process.exit(kWrong);
}

/** @param {Order} order */
async function work({ plan, site }) {
  const stays = () => new Promise((resolve) => setInterval(resolve, 1 << 30));
  const idles = plan.work === 'idle';
  if (plan.victim === 'writer') {
    const size = plan.work === 'huge' ? kHuge * plan.capacity : undefined;
    const end = startWriter(plan, site, plan.victimApi, {
      ...(size === undefined ? {} : { size }),
      ask: async (written) => {
        if (idles && written >= plan.quota) await stays();
        return true;
      },
    });
    fail(await end.outcome);
  }
  const api = plan.victimApi === 'stream' && plan.seed % 2 === 0 ? 'flow' : plan.victimApi;
  const quota = plan.framing === 'bytes' ? plan.quota : plan.quota / plan.largest;
  let start = -1;
  const end = startReader(plan, site, api, {
    ask: async (count) => {
      if (start < 0) start = count;
      if (idles && count - start >= quota) await stays();
    },
  });
  fail(await end.outcome);
}

/** @param {Order} order */
function obey(order) {
  const { cause, delayMs, inThread } = order.plan;
  const worker = inThread ? new Worker(new URL(import.meta.url), { workerData: order }) : undefined;
  if (worker !== undefined) {
    worker.on('error', fail);
    // The process of a thread that was terminated has nothing left to do.
    worker.on('exit', (code) => (code === kWrong ? process.exit(code) : process.disconnect()));
  } else {
    work(order).catch(fail);
  }
  if (cause === 'exit') setTimeout(() => process.exit(0), delayMs);
  if (cause === 'terminate') setTimeout(() => void worker?.terminate(), delayMs);
  if (cause === 'exception') {
    setTimeout(() => {
      throw new Error('nobody catches this');
    }, delayMs);
  }
}

if (isMainThread) {
  // The storm is over before its victim's order came, or before its end.
  process.once('disconnect', () => process.exit(0));
  process.once('message', (order) => obey(/** @type {Order} */ (order)));
  process.send?.('ready');
} else {
  parentPort?.unref();
  work(workerData).catch(fail);
}
