/** The processes of a row: started, asked, killed, and never waited for without a limit. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const kLimitMs = 20_000;
const kLimitOfManyMs = 240_000;
const kSide = join(import.meta.dirname, 'side.mjs');

/** What an operation failed with, as `describe` says it. */
export class Failure extends Error {
  /** @param {string} outcome @param {string} [message] */
  constructor(outcome, message = outcome) {
    super(message);
    this.outcome = outcome;
  }
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {string} what
 * @returns {Promise<T>}
 */
export async function withLimit(promise, what, limitMs = kLimitMs) {
  const abort = new AbortController();
  try {
    return await Promise.race([
      promise,
      delay(limitMs, undefined, { signal: abort.signal }).then(() => {
        throw new Failure(`hangs: ${what}`);
      }),
    ]);
  } finally {
    abort.abort();
  }
}

/** @param {() => Promise<boolean>} condition @param {string} what */
export async function until(condition, what, limitMs = 10_000) {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Failure(`hangs: ${what}`);
    await delay(10);
  }
}

/** @typedef {Awaited<ReturnType<typeof start>>} Side */

/**
 * @param {string} file @param {string} row @param {'server' | 'client'} role @param {string} name
 */
export async function start(file, row, role, name) {
  const child = fork(kSide, [file, row, role, name], {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (bytes) => {
    said = `${said}${bytes}`.slice(-4_000);
  });
  const exited = once(child, 'exit');
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  let lastId = 0;
  /** @type {string[]} */
  const uncaught = [];

  await withLimit(
    new Promise((resolve, reject) => {
      child.on('message', (/** @type {any} */ message) => {
        if (message.ready) return resolve(undefined);
        if (message.uncaught) {
          uncaught.push(message.uncaught);
          said += `\n${message.stack}`;
          return;
        }
        const call = waiting.get(message.id);
        waiting.delete(message.id);
        if (message.error === undefined) call?.resolve(message.value);
        else call?.reject(new Failure(message.error, message.message));
      });
      child.once('exit', (code, signal) => {
        reject(new Failure(`the ${role} ended`, `${role}: ${signal ?? code}\n${said}`));
        for (const call of waiting.values()) call.reject(new Failure(`the ${role} ended`, said));
        waiting.clear();
      });
    }),
    `start of the ${role}`,
  );

  return {
    /** @param {string} operation @param {...unknown} args @returns {Promise<any>} */
    call: (operation, ...args) =>
      withLimit(
        new Promise((resolve, reject) => {
          const id = ++lastId;
          waiting.set(id, { resolve, reject });
          child.send({ id, operation, args }, (error) => {
            if (error !== null && waiting.delete(id))
              reject(new Failure(`the ${role} ended`, said));
          });
        }),
        `${role} ${operation}`,
        operation === 'askMany' ? kLimitOfManyMs : kLimitMs,
      ),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    isAlive: () => child.exitCode === null && child.signalCode === null,
    /** Errors that nothing caught since it was last asked. */
    takeUncaught: () => uncaught.splice(0),
    said: () => said,
  };
}
