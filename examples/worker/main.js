// A worker thread that blocks, and a main thread that does not.
// Run it: node examples/worker/main.js [CHANNEL]
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { createReadStream } from 'smipc';

const [name = `worker-example-${process.pid}`] = process.argv.slice(2);
new Worker(new URL('./worker.js', import.meta.url), { workerData: name });

let primes = 0;
for await (const line of createInterface({ input: createReadStream(name, { capacity: 4096 }) })) {
  primes += 1;
  if (primes % 1000 === 0) console.log(`prime number ${primes} is ${line}`);
}
