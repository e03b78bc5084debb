/** Medians, and ratios pair by pair. */

/** @typedef {{ median: number, least: number, most: number }} Spread */

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** @param {number[]} values @returns {Spread} */
export function spreadOf(values) {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/**
 * The ratios of two contenders' runs of the same rounds. Machines are shared and noisy: a pair that ran
 * side by side is comparable, two medians of different hours are not.
 * @template {{ round: number }} Run
 * @param {Run[]} ours @param {Run[]} theirs @param {(run: Run) => number} value
 * @returns {Spread | undefined} undefined: they have no round in common
 */
export function ratioOf(ours, theirs, value) {
  const pairs = ours.flatMap((run) => {
    const other = theirs.find(({ round }) => round === run.round);
    return other === undefined ? [] : [value(run) / value(other)];
  });
  return pairs.length === 0 ? undefined : spreadOf(pairs);
}
