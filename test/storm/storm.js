// Rounds of the storm, one after the other in a directory of their own.
import { mkdirSync, rmSync } from 'node:fs';
import { planRound } from './plan.js';
import { runRound } from './round.js';

/**
 * @template {{ seed: number }} Plan
 */
export class AnyStorm {
  /** How often who died of what: `writer SIGKILL`. @type {Map<string, number>} */
  tally = new Map();
  done = 0;
  failed = 0;
  #nextSeed;
  #onRound;

  /** @param {number} firstSeed @param {(storm: AnyStorm<any>) => void} [onRound] */
  constructor(firstSeed, onRound = () => {}) {
    this.#nextSeed = firstSeed;
    this.#onRound = onRound;
  }

  /** @param {number} _seed @returns {Plan} */
  plan(_seed) {
    throw new Error('of each kind of storm');
  }

  /** @param {Plan} _plan @param {string} _dir @returns {Promise<void>} */
  async runRound(_plan, _dir) {
    throw new Error('of each kind of storm');
  }

  /** Of what the tally counts. @param {Plan} _plan @returns {string[]} */
  kindsOf(_plan) {
    throw new Error('of each kind of storm');
  }

  /** @param {string} dir @param {() => boolean} isOver asked before each round */
  async run(dir, isOver) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    while (!isOver()) {
      const plan = this.plan(this.#nextSeed++);
      try {
        await this.runRound(plan, dir);
      } catch (error) {
        this.failed++;
        console.error(`round with seed ${plan.seed} failed:`, plan, error);
        // What it left behind is no other round's.
        rmSync(dir, { recursive: true });
        mkdirSync(dir, { mode: 0o700 });
      }
      for (const kind of this.kindsOf(plan)) this.tally.set(kind, (this.tally.get(kind) ?? 0) + 1);
      this.done++;
      this.#onRound(this);
    }
  }

  describe() {
    return [...this.tally]
      .sort()
      .map(([kind, count]) => `${String(count).padStart(6)}  ${kind}`)
      .join('\n');
  }
}

/** Of channels. @extends {AnyStorm<import('./plan.js').Plan>} */
export class Storm extends AnyStorm {
  #pool;

  /**
   * @param {number} firstSeed
   * @param {import('./pool.js').Pool} pool
   * @param {(storm: AnyStorm<any>) => void} [onRound]
   */
  constructor(firstSeed, pool, onRound) {
    super(firstSeed, onRound);
    this.#pool = pool;
  }

  /** @override @param {number} seed */
  plan(seed) {
    return planRound(seed);
  }

  /** @override @param {import('./plan.js').Plan} plan @param {string} dir */
  runRound(plan, dir) {
    return runRound(plan, dir, this.#pool);
  }

  /** @override @param {import('./plan.js').Plan} plan */
  kindsOf({ victim, cause }) {
    return [`${victim} ${cause}`];
  }
}
