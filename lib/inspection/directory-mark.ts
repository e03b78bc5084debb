/** Whether a directory is still the same, with the same owner and mode, and the same names in it. */
import { type BigIntStats, statSync } from 'node:fs';
import { Date } from '../host/host.js';

export interface DirectoryMark {
  /** Which directory it is, whatever its path. */
  id: string;
  /** The same as long as no name has come or gone, and nobody has changed who may use it. */
  text: string;
}

/** A change that is younger may be followed by another one with the same time, in milliseconds. */
const kYoungMs = 100;
let lastYoung = 0;

/** undefined: there is no directory, or none that can be asked. */
export function directoryMark(path: string): DirectoryMark | undefined {
  let info: BigIntStats;
  try {
    info = statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
  const id = `${info.dev}:${info.ino}`;
  const isYoung = [info.mtimeMs, info.ctimeMs].some(
    (time) => Math.abs(Date.now() - Number(time)) < kYoungMs,
  );
  const times = isYoung ? `young ${++lastYoung}` : `${info.mtimeNs} ${info.ctimeNs}`;
  return { id, text: `${id} ${times}` };
}
