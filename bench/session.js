/** One call of the program: what was asked for, and where it works. */
import { contenderOf } from './contenders/index.js';
import { Workplace } from './workplace.js';

/** So that it can be warm, and then long enough for its figures to hold still. */
const kTimes = { warmUpMs: 500, measureMs: 600 };

export class Session {
  rounds;
  /** As chosen on the command line; undefined: as planned. */
  sizes;
  touch;
  times = kTimes;
  workplace = new Workplace();
  #chosen;
  /** Why a contender cannot run. @type {Map<string, string | undefined>} */
  #missing = new Map();
  hasFailed = false;

  /** @param {{ rounds: number, sizes: number[] | undefined, contenders: string[] | undefined, touch: boolean }} asked */
  constructor({ rounds, sizes, contenders, touch }) {
    this.rounds = rounds;
    this.sizes = sizes;
    this.touch = touch;
    this.#chosen = contenders?.map((name) => contenderOf(name).name);
  }

  /** Whether a part measures all that it is planned to measure. */
  get isWhole() {
    return this.sizes === undefined && this.#chosen === undefined && this.touch && this.rounds >= 5;
  }

  get options() {
    return { rounds: this.rounds, ...this.times };
  }

  /** Keeps the cases that were chosen and can run; says once of each contender why it cannot. @template {{ contender: string, size?: number }} C @param {C[]} cases */
  async feasible(cases) {
    const kept = [];
    for (const one of cases) {
      if (this.#chosen !== undefined && !this.#chosen.includes(one.contender)) continue;
      const { carries } = contenderOf(one.contender);
      if (one.size !== undefined && carries?.(one.size) === false) continue;
      if ((await this.#whyMissing(one.contender)) === undefined) kept.push(one);
    }
    return kept;
  }

  /** @param {string} name */
  async #whyMissing(name) {
    if (!this.#missing.has(name)) {
      const { label, missing } = contenderOf(name);
      const why = await missing?.();
      this.#missing.set(name, why);
      if (why !== undefined) console.log(`without ${label}: ${why}`);
    }
    return this.#missing.get(name);
  }

  /** A run that went wrong: the others go on. @param {string} text */
  fail(text) {
    this.hasFailed = true;
    console.error(`FAILED ${text}`);
  }
}
