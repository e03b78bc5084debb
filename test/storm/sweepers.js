// The processes that sweep beside the storm.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const kProgram = fileURLToPath(new URL('./sweeper.js', import.meta.url));

/** @typedef {{ lists: number, prunes: number, removed: number }} Counts */

export class Sweepers {
  #children;
  /** @type {string[]} */
  failures = [];

  /** @param {number} count @param {string} shm the directory of the directories */
  constructor(count, shm) {
    this.#children = Array.from({ length: count }, () => this.#start(shm));
  }

  /** @param {string} shm */
  #start(shm) {
    const child = spawn(process.execPath, [kProgram, shm], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    /** @type {Promise<Counts>} */
    const counts = once(child, 'message').then(([message]) => message);
    const exit = once(child, 'exit');
    return { child, counts, exit };
  }

  /** Ends them, and returns what all of them have done. @returns {Promise<Counts>} */
  async end() {
    for (const { child } of this.#children) if (child.connected) child.send('end');
    const sum = { lists: 0, prunes: 0, removed: 0 };
    for (const { counts, exit } of this.#children) {
      const [code, signal] = await exit;
      if (code !== 0) {
        this.failures.push(`a sweeper ended with ${signal ?? code}`);
        continue;
      }
      const { lists, prunes, removed } = await counts;
      sum.lists += lists;
      sum.prunes += prunes;
      sum.removed += removed;
    }
    return sum;
  }
}
