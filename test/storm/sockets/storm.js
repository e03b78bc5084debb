// Rounds of the storm of sockets.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { AnyStorm } from '../storm.js';
import { Parties } from './parties.js';
import { planSocketRound } from './plan.js';
import { SocketRound } from './round.js';

/** A round seldom has more processes. */
const kPartiesPerJob = 4;

/** @extends {AnyStorm<import('./plan.js').SocketPlan>} */
export class SocketStorm extends AnyStorm {
  #parties;
  #journals = mkdtempSync(join(tmpdir(), 'smipc-storm-'));
  #connections = 0;

  /** @param {number} firstSeed @param {number} jobs @param {(storm: AnyStorm<any>) => void} onRound */
  constructor(firstSeed, jobs, onRound) {
    super(firstSeed, onRound);
    this.#parties = new Parties(jobs * kPartiesPerJob);
  }

  /** @override @param {number} seed */
  plan(seed) {
    return planSocketRound(seed);
  }

  /** @override @param {import('./plan.js').SocketPlan} plan @param {string} dir */
  async runRound(plan, dir) {
    const journals = join(this.#journals, basename(dir));
    const round = new SocketRound(plan, dir, journals, this.#parties);
    try {
      await round.run();
    } finally {
      this.#connections += round.connections;
      rmSync(journals, { recursive: true, force: true });
    }
  }

  /** @override @param {import('./plan.js').SocketPlan} plan */
  kindsOf({ hits }) {
    if (hits.length === 0) return ['nobody'];
    return hits.map(({ target, blow }) => `${target === 'server' ? 'server' : 'client'} ${blow}`);
  }

  /** @override */
  describe() {
    return `${super.describe()}\n${String(this.#connections).padStart(6)}  connections`;
  }

  async close() {
    await this.#parties.close();
    rmSync(this.#journals, { recursive: true });
  }
}
