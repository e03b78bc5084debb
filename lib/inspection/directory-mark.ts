/** Whether a directory is still the same, and has the same names in it. */
import { type BigIntStats, statSync } from 'node:fs';
import { Date } from '../host/host.js';

export interface DirectoryMark {
  /** Which directory it is, whatever its path. */
  id: string;
  /** The same as long as no name has come or gone. */
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
  const isYoung = Math.abs(Date.now() - Number(info.mtimeMs)) < kYoungMs;
  return { id, text: `${id} ${isYoung ? `young ${++lastYoung}` : info.mtimeNs}` };
}
