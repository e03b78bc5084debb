/** One measure, for all ways in turn: what disturbs the machine for a while disturbs them all. */
import type { Measure } from './measures.js';
import type { Pair } from './pair.js';
import type { Way } from './ways.js';

export const kRounds = 9;
/** V8 has compiled the streams by then, and it is known how much can be done in one run. */
const kWarmUpRuns = 2;
/** One run too many, at most: the last one of the warm-up begins before it is over. */
export const kRunsOfTime = kRounds + kWarmUpRuns + 1;
/** How many times as much the next run may have to do: the first ones are slow. */
const kMostGrowth = 8;

/** Seconds that one write or one round trip took, in each round. */
export type Seconds = ReadonlyMap<Way, readonly number[]>;

/**
 * @param runMs how long one run is to take
 * @param onRound is told which one begins; 0 is the warm-up
 */
export async function measured(
  pair: Pair,
  measure: Measure,
  ways: readonly Way[],
  runMs: number,
  onRound: (round: number) => void,
): Promise<Seconds> {
  const cases = ways.map((way) => new Case(pair, measure, way, runMs));
  onRound(0);
  for (const one of cases) await one.warmUp();
  for (let round = 1; round <= kRounds; round++) {
    onRound(round);
    // There and back: neither of a pair is always the first.
    for (const one of round % 2 === 1 ? cases : cases.toReversed()) await one.measure();
  }
  return new Map(cases.map(({ way, seconds }) => [way, seconds]));
}

class Case {
  readonly way: Way;
  readonly seconds: number[] = [];
  readonly #pair: Pair;
  readonly #measure: Measure;
  readonly #runMs: number;
  #count: number;

  constructor(pair: Pair, measure: Measure, way: Way, runMs: number) {
    this.way = way;
    this.#pair = pair;
    this.#measure = measure;
    this.#runMs = runMs;
    this.#count = measure.count;
  }

  async warmUp(): Promise<void> {
    for (let ms = 0; ms < kWarmUpRuns * this.#runMs; ) ms += await this.#run();
  }

  async measure(): Promise<void> {
    const count = this.#count;
    const ms = await this.#run();
    this.seconds.push(ms / 1000 / count);
  }

  /** Returns the milliseconds that it took. The next one does as much as fits into its time. */
  async #run(): Promise<number> {
    const { kind, size } = this.#measure;
    const order = { way: this.way, size, count: this.#count };
    const ms = await (kind === 'throughput'
      ? this.#pair.throughput(order)
      : this.#pair.roundTrips(order));
    const growth = Math.min(kMostGrowth, this.#runMs / ms);
    this.#count = Math.max(this.#measure.count, Math.round(this.#count * growth));
    return ms;
  }
}
