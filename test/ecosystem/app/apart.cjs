// What each test file does that has a directory of its own: it uses a name that the others use at the same
// time, with each kind of child as its peer.
const { fork, spawn } = require('node:child_process');
const { randomUUID } = require('node:crypto');
const { once } = require('node:events');
const { appendFileSync, existsSync } = require('node:fs');
const { join } = require('node:path');
const { text } = require('node:stream/consumers');
const { Worker } = require('node:worker_threads');

const kReader = join(__dirname, 'apart-reader.cjs');

/** @type {((options: { env?: NodeJS.ProcessEnv }) => any)[]} */
const kStart = [
  (options) => spawn(process.execPath, [kReader], { ...options, stdio: ['ignore', 'pipe', 2] }),
  (options) => fork(kReader, { ...options, stdio: ['ignore', 'pipe', 2, 'ipc'] }),
  (options) => new Worker(kReader, { ...options, stdout: true }),
];

/**
 * @param {typeof import('smipc')} smipc
 * @param {{ env?: NodeJS.ProcessEnv }} options of the children, where they need one
 */
exports.apart = async (smipc, options = {}) => {
  const directory = process.env.SMIPC_DIR ?? '';
  for (const start of kStart) {
    const written = randomUUID();
    smipc.createWriteStream('name').end(written);
    const child = start(options);
    const [read] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    if (read !== written) throw new Error(`${start}: the text of another file: ${read}`);
    if (!existsSync(directory)) throw new Error(`${start}: it has removed the directory`);
  }
  appendFileSync('directories', `${directory}\n`);
};
