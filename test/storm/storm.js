// Rounds of the storm, one after the other in a directory of their own.
import { mkdirSync, rmSync } from 'node:fs';
import { planRound } from './plan.js';
import { runRound } from './round.js';

export class Storm {
  /** How often who died of what: `writer SIGKILL`. @type {Map<string, number>} */
  tally = new Map();
  done = 0;
  failed = 0;
  #nextSeed;
  #pool;
  #onRound;

  /**
   * @param {number} firstSeed
   * @param {import('./pool.js').Pool} pool
   * @param {() => void} [onRound]
   */
  constructor(firstSeed, pool, onRound = () => {}) {
    this.#nextSeed = firstSeed;
    this.#pool = pool;
    this.#onRound = onRound;
  }

  /** @param {string} dir @param {() => boolean} isOver asked before each round */
  async run(dir, isOver) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    while (!isOver()) {
      const plan = planRound(this.#nextSeed++);
      try {
        await runRound(plan, dir, this.#pool);
      } catch (error) {
        this.failed++;
        console.error(`round with seed ${plan.seed} failed:`, plan, error);
        // What it left behind is no other round's.
        rmSync(dir, { recursive: true });
        mkdirSync(dir, { mode: 0o700 });
      }
      const kind = `${plan.victim} ${plan.cause}`;
      this.tally.set(kind, (this.tally.get(kind) ?? 0) + 1);
      this.done++;
      this.#onRound();
    }
  }

  describe() {
    return [...this.tally]
      .sort()
      .map(([kind, count]) => `${String(count).padStart(6)}  ${kind}`)
      .join('\n');
  }
}
