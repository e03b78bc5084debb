/** Where runs put their files, and how they are cleaned up whatever happens. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

const kShm = '/dev/shm';

export class Workplace {
  /** Channels, sockets and FIFOs: all in memory. */
  directory = join(kShm, `smipc-bench-${process.pid}`);
  #count = 0;
  /** Groups of processes that run. */
  #groups = /** @type {Set<number>} */ (new Set());

  constructor() {
    mkdirSync(this.directory, { mode: 0o700 });
    process.once('exit', () => this.#clear());
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
      process.once(signal, () => process.exit(1));
    }
  }

  /** A file name that is free. */
  nextPath() {
    return join(this.directory, String(this.#count++));
  }

  /** A process that leads a group of its own, and whose group is killed when it has ended. @param {import('node:child_process').ChildProcess} child */
  guard(child) {
    const { pid } = child;
    if (pid === undefined) return;
    this.#groups.add(pid);
    child.once('exit', () => this.endGroup(pid));
  }

  /** @param {number} pid */
  endGroup(pid) {
    this.#groups.delete(pid);
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Nobody is left in it.
    }
  }

  /** Removes what a run has left. */
  sweep() {
    for (const name of readdirSync(this.directory)) {
      rmSync(join(this.directory, name), { recursive: true, force: true });
    }
    // The disruptor's objects have no directory.
    const ours = `.${basename(this.directory)}.`;
    for (const name of readdirSync(kShm)) {
      if (name.includes(ours)) rmSync(join(kShm, name), { force: true });
    }
  }

  #clear() {
    for (const pid of this.#groups) this.endGroup(pid);
    this.sweep();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
