/** Runs, by contender and by what they measured. */
import { contenders, isOurs } from '../contenders/index.js';

/** @param {any[]} runs @param {object} wanted fields that a run must have */
export function select(runs, wanted) {
  const fields = Object.entries(wanted);
  return runs.filter((run) => fields.every(([key, value]) => run[key] === value));
}

/** Ours first, and then the others. @param {any[]} runs @returns {string[]} */
export function contendersOf(runs) {
  const present = new Set(runs.map(({ contender }) => contender));
  const names = [...contenders.keys()].filter((name) => present.has(name));
  return [...names.filter(isOurs), ...names.filter((name) => !isOurs(name))];
}

/** @param {any[]} runs @param {string} key @returns {any[]} */
export function valuesOf(runs, key) {
  return [...new Set(runs.map((run) => run[key]))].sort((a, b) => a - b);
}

/** @param {string} name */
export const labelOf = (name) => contenders.get(name)?.label ?? name;

/** @param {{ bytes: number, seconds: number }} run */
export const gigabytesPerSecond = ({ bytes, seconds }) => bytes / 1e9 / seconds;
/** @param {{ bytes: number, seconds: number, size: number }} run */
export const writesPerSecond = ({ bytes, seconds, size }) => bytes / size / seconds;
/** @param {{ bytes: number, cpuSeconds: number }} run */
export const cpuPerGigabyte = ({ bytes, cpuSeconds }) => cpuSeconds / (bytes / 1e9);
