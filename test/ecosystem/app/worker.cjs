// main.cjs in a worker thread, while the main thread never loads smipc.
const { Worker } = require('node:worker_threads');
const { join } = require('node:path');

new Worker(join(__dirname, 'main.cjs')).once('exit', (code) => {
  process.exitCode = code;
});
