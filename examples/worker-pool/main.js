// One name, to which workers connect and get jobs. A worker that is killed costs nothing: another one
// gets its job.
// Run it: node examples/worker-pool/main.js [NAME]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'smipc/net';

const [name = `pool-example-${process.pid}`] = process.argv.slice(2);
const workerCount = 3;

/** @typedef {{ from: number, count: number }} Job */
/** @type {Job[]} */
const jobs = Array.from({ length: 12 }, (_, index) => ({ from: index * 10_000, count: 10_000 }));
/** The workers, and what each is at work on. @type {Map<import('smipc/net').Socket, Job | undefined>} */
const workers = new Map();
let unfinished = jobs.length;
let primes = 0;

// Each write() is one object, and so is each 'data'.
const server = net.createServer({ objectMode: true }, (socket) => {
  workers.set(socket, undefined);
  socket.on('data', ({ found }) => {
    primes += found;
    unfinished -= 1;
    workers.set(socket, undefined);
    giveJobs();
  });
  socket.on('error', (error) => {
    // ECONNRESET. Every result that the worker had sent has come before it.
    console.log(`a worker has gone: ${/** @type {any} */ (error).peer}`);
  });
  socket.on('close', () => {
    const job = workers.get(socket);
    workers.delete(socket);
    if (job !== undefined) jobs.push(job);
    giveJobs();
  });
});

/** One to each worker that has none. */
function giveJobs() {
  for (const [worker, current] of workers) {
    if (current !== undefined || jobs.length === 0) continue;
    const job = /** @type {Job} */ (jobs.shift());
    workers.set(worker, job);
    worker.write(job);
  }
  if (unfinished > 0 || !server.listening) return;
  console.log(`there are ${primes} prime numbers`);
  // The workers see the end, and end.
  server.close();
  for (const worker of workers.keys()) worker.end();
}

await once(server.listen(name), 'listening');
const program = new URL('./worker.js', import.meta.url);
const processes = Array.from({ length: workerCount }, () => fork(program, [name]));
// As it may happen at any time: a worker is at work on a job, and is killed.
const [first] = processes;
first?.once('message', () => first.kill('SIGKILL'));

while (workers.size < workerCount) await once(server, 'connection');
giveJobs();
