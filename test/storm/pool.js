// Processes for victims, started ahead of their turn.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const kProgram = fileURLToPath(new URL('./victim.js', import.meta.url));

/**
 * @typedef {object} Death
 * @property {number | null} code
 * @property {NodeJS.Signals | null} signal
 * @property {string} stderr
 */

export class Victim {
  #child;
  #stderr = '';
  /** @type {Promise<void>} */
  isReady;
  /** @type {Promise<Death>} */
  death;

  constructor() {
    this.#child = spawn(process.execPath, [kProgram], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#stderr += text;
    });
    this.death = once(this.#child, 'close').then(([code, signal]) => ({
      code,
      signal,
      stderr: this.#stderr,
    }));
    const tooEarly = this.death.then(({ stderr }) => {
      throw new Error(`a victim died before it was told to: ${stderr}`);
    });
    this.isReady = Promise.race([once(this.#child, 'message').then(() => {}), tooEarly]);
    // Whoever waits for it hears of it.
    this.isReady.catch(() => {});
  }

  get pid() {
    return /** @type {number} */ (this.#child.pid);
  }

  /** @param {import('./victim.js').Order} order */
  send(order) {
    // It may be gone already: its death says so.
    this.#child.send(order, () => {});
  }

  /** @param {NodeJS.Signals} signal */
  kill(signal) {
    this.#child.kill(signal);
  }
}

export class Pool {
  /** @type {Victim[]} */
  #victims = [];

  /** @param {number} size how many wait for their turn */
  constructor(size) {
    while (this.#victims.length < size) this.#victims.push(new Victim());
  }

  async take() {
    const victim = /** @type {Victim} */ (this.#victims.shift());
    this.#victims.push(new Victim());
    await victim.isReady;
    return victim;
  }

  async close() {
    for (const victim of this.#victims) victim.kill('SIGKILL');
    await Promise.all(this.#victims.map(({ death }) => death));
  }
}
