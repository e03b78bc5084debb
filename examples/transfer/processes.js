// What main.js and the two processes that it starts tell each other.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** @typedef {{ bytes: number, sha256: string, seconds?: number, status?: string }} Report */

/** Ctrl-C, kill, and a terminal that is closed. */
export const kSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();

/**
 * Runs `sender.js` or `receiver.js` to its end, which is a report or a failure.
 *
 * @param {'sender' | 'receiver'} role
 * @param {string[]} args
 * @returns {Promise<Report>}
 */
export async function run(role, ...args) {
  const child = fork(fileURLToPath(new URL(`${role}.js`, import.meta.url)), args);
  children.add(child);
  /** @type {any} */
  let message;
  child.on('message', (received) => {
    message = received;
  });
  const [code, signal] = await once(child, 'close');
  children.delete(child);
  if (message?.failure) throw new Error(`The ${role} failed: ${message.failure}`);
  if (code === 0 && message) return message;
  throw new Error(`The ${role} ${signal ? `was killed (${signal})` : `ended with code ${code}`}`);
}

export function stopAll() {
  for (const child of children) child.kill();
}

// --- in the two processes -------------------------------------------------------------------------

/** @param {Report} result */
export function report(result) {
  process.send?.(result);
}

/** Whatever fails is told to main.js, and is the end of this process. So is a signal. */
export function reportFailures() {
  for (const signal of kSignals) process.on(signal, () => process.exit(1));
  process.on('uncaughtException', ({ message }) => {
    process.send?.({ failure: message }, () => process.exit(1));
  });
}
