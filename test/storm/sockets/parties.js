// Processes for servers and clients, started ahead of their turn.
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';

const kProgram = fileURLToPath(new URL('./party.js', import.meta.url));

export class Party {
  #child;
  #events = new EventEmitter();
  #stderr = '';
  /** @type {Set<string>} */
  #heard = new Set();
  /** @type {import('./plan.js').Blow | undefined} what it has died of */
  fate;
  /** @type {string[]} what it said of its state */
  description = [];
  isDead = false;

  constructor() {
    this.#child = spawn(process.execPath, [kProgram], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#stderr += text;
    });
    this.#child.on('message', (message) => {
      const { is, lines } = /** @type {{ is: string, lines?: string[] }} */ (message);
      if (lines !== undefined) this.description = lines;
      this.#heard.add(is);
      this.#events.emit('heard');
    });
    /** @type {Promise<import('../pool.js').Death>} */
    this.death = once(this.#child, 'close').then(([code, signal]) => {
      this.isDead = true;
      this.#events.emit('heard');
      return { code, signal, stderr: this.#stderr };
    });
  }

  /** @param {import('./party.js').Order | string} message */
  send(message) {
    // It may be gone already: its death says so.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** @param {NodeJS.Signals} signal */
  kill(signal) {
    this.#child.kill(signal);
  }

  /** Until it has said so, or is dead. @param {string} what */
  async hears(what) {
    while (!this.#heard.has(what) && !this.isDead) await once(this.#events, 'heard');
    this.#heard.delete(what);
  }

  /** Asks, and waits for the answer. @param {string} question @param {string} answer */
  async ask(question, answer) {
    this.#heard.delete(answer);
    this.send(question);
    await this.hears(answer);
  }
}

export class Parties {
  /** @type {Party[]} */
  #waiting = [];

  /** @param {number} size how many wait for their turn */
  constructor(size) {
    while (this.#waiting.length < size) this.#waiting.push(new Party());
  }

  async take() {
    const party = /** @type {Party} */ (this.#waiting.shift());
    this.#waiting.push(new Party());
    await party.hears('ready');
    return party;
  }

  async close() {
    for (const party of this.#waiting) party.kill('SIGKILL');
    await Promise.all(this.#waiting.map(({ death }) => death));
  }
}
