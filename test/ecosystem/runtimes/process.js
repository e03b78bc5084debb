/** A process of a runtime that plays a part of a scenario. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('program.js', import.meta.url));

/** @param {import('./runtimes.js').Runtime} runtime @returns {string[]} */
function commandOf({ name, command }) {
  return name === 'deno'
    ? [...command, '--v8-flags=--expose-gc']
    : [...command, ...(name.startsWith('node') ? ['--expose-gc'] : [])];
}

export class Part {
  #child;
  #lines;
  #exit;
  #stderr = '';
  /** @type {string} */
  #what;

  /**
   * @param {import('./runtimes.js').Runtime} runtime
   * @param {string} part of parts.js
   * @param {object} parameters
   */
  constructor(runtime, part, parameters) {
    this.#what = `${part} in ${runtime.name}`;
    const [file = '', ...options] = commandOf(runtime);
    this.#child = spawn(file, [...options, program, part, JSON.stringify(parameters)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stderr.on('data', (chunk) => {
      this.#stderr += chunk;
    });
    this.#exit = once(this.#child, 'exit');
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  get pid() {
    return this.#child.pid;
  }

  /** What it says next. @returns {Promise<any>} */
  async said() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#what} has ended: ${this.#stderr}`);
    return JSON.parse(value);
  }

  /** Its exit code, or the signal that has ended it. @returns {Promise<number | string>} */
  async exit() {
    const [code, signal] = await this.#exit;
    return signal ?? code;
  }

  /** Fails with what it printed unless it ends well. */
  async end() {
    const code = await this.exit();
    if (code !== 0) throw new Error(`${this.#what}: exit code ${code}\n${this.#stderr}`);
  }

  kill() {
    this.#child.kill('SIGKILL');
  }

  /** For a scenario that has failed. */
  get report() {
    return this.#stderr === '' ? '' : `${this.#what}: ${this.#stderr}`;
  }
}
