// A worker that is terminated in the middle of a native call takes its process with it only if the
// call asks JavaScript for something and does not expect to be refused. So each call that reads an
// object is made again and again, and the worker terminated at a random moment of it.
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { addonPath } from '../fixtures/hosts/addon.js';
import { spawnChild } from '../fixtures/processes/child.js';

const rounds = 100;

t.test(`endpointOpen, ${rounds} times`, async (t) => {
  const child = spawnChild(
    t,
    async ({ args, send }) => {
      const { Worker } = await import('node:worker_threads');
      const source = `
        const { workerData, parentPort } = require('node:worker_threads');
        const addon = require(workerData.path);
        addon.initialize({}, () => {}, false, false);
        const details = new Float64Array(8);
        const settings = {
          directory: workerData.dir, name: 'name', isWriter: false, create: 2, capacity: 4096,
          framing: 0, permissions: 0o600, busyPollUs: 0, isResumable: false,
        };
        const status = addon.endpointOpen(1, settings, details);
        parentPort.postMessage(status);
        for (;;) addon.endpointOpen(1, settings, details);
      `;
      const statuses = new Set<number>();
      for (let i = 0; i < args.rounds; i++) {
        const worker = new Worker(source, { eval: true, workerData: args });
        statuses.add(await new Promise((resolve) => worker.once('message', resolve)));
        const end = performance.now() + Math.random() * 2;
        while (performance.now() < end);
        await worker.terminate();
      }
      await send([...statuses]);
    },
    { rounds, path: addonPath, dir: uniqueDirectory(t) },
  );
  // What is asked for is not there, so that the loop is as tight as can be.
  t.strictSame(await child.message(), [-7]);
});
