// The peer of a test file that has a directory of its own: a process, or a worker thread.
const { createReadStream } = require('smipc');

createReadStream('name', { create: 'never' }).pipe(process.stdout);
