// Sends a file from one process to another through a channel of 1 MiB, and checks that it arrived
// whole. Run it: npm start [-- FILE]
import { accessSync, constants, statSync } from 'node:fs';
import { list, remove } from 'smipc';
import { kSignals, run, stopAll } from './processes.js';
import { showProgress } from './progress.js';

const [file = process.execPath] = process.argv.slice(2);
const name = `transfer-${process.pid}`;
/** The number of the signal that interrupted the transfer; 0: none. */
let interruption = 0;

// The other two processes end at once. This one goes on, to clean up after them.
for (const signal of kSignals) {
  process.on(signal, (_, number) => {
    interruption = number;
    stopAll();
  });
}

try {
  await transfer(sizeOf(file));
} catch (error) {
  process.exitCode = interruption ? 128 + interruption : 1;
  console.error(interruption ? 'Interrupted.' : error instanceof Error ? error.message : error);
}

/** @param {string} path */
function sizeOf(path) {
  try {
    accessSync(path, constants.R_OK);
    const stats = statSync(path);
    if (!stats.isFile()) throw new Error('it is not a regular file');
    return stats.size;
  } catch (cause) {
    throw new Error(`Cannot send ${path}: ${cause instanceof Error ? cause.message : cause}`);
  }
}

/** @param {number} size */
async function transfer(size) {
  console.log(`Sending ${file} to another process through the channel ${name}`);
  const progress = showProgress(name, size);
  const sender = run('sender', file, name);
  const receiver = run('receiver', name);
  const outcomes = await Promise.allSettled([sender, receiver]);
  const failures = outcomes.flatMap((side) => (side.status === 'rejected' ? [side.reason] : []));
  progress.stop({ isDone: failures.length === 0 });
  // The channel of two processes that ended early remains. Else it is gone by now.
  if (list().some((channel) => channel.name === name)) remove(name);

  if (failures.length > 0) throw new Error(failures.map(({ message }) => message).join('\n'));
  print(await sender, await receiver);
}

/**
 * @param {import('./processes.js').Report} sent
 * @param {import('./processes.js').Report} received
 */
function print(sent, received) {
  const { bytes, seconds = 0, status = '' } = sent;
  const speed = (bytes / 1e9 / seconds).toFixed(2);
  const rows = {
    bytes: received.bytes.toLocaleString('en'),
    seconds: seconds.toFixed(3),
    'GB/s': `${speed}, reading the file and SHA-256 on both sides included`,
    sent: `SHA-256 ${sent.sha256}`,
    received: `SHA-256 ${received.sha256}`,
    channel: status,
  };
  for (const [label, value] of Object.entries(rows)) console.log(label.padEnd(10) + value);
  if (received.bytes !== bytes || received.sha256 !== sent.sha256) {
    throw new Error('What was received is not what was sent.');
  }
}
