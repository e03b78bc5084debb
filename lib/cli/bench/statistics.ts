/** Medians, and ratios pair by pair. */

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] as number;
  const lower = sorted[(sorted.length - 1) >> 1] as number;
  return {
    median: (lower + upper) / 2,
    least: sorted[0] as number,
    most: sorted.at(-1) as number,
  };
}

/** A machine that is slower for a while is slower for both of a pair: so each has its own ratio. */
export function ratioOf(dividends: readonly number[], divisors: readonly number[]): Spread {
  return spreadOf(dividends.map((dividend, i) => dividend / (divisors[i] as number)));
}
