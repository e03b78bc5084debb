/** Compiles the native limit when its sources are newer than it. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const kBinary = new URL('build/native-limit', import.meta.url);

/** @type {string | undefined} */
let reason;
let isBuilt = false;

/** Why it cannot run, or undefined. */
export function whyNoBinary() {
  if (!isBuilt) {
    const directory = fileURLToPath(new URL('.', import.meta.url));
    const { error, status, stderr } = spawnSync('make', ['-s', '-C', directory], {
      encoding: 'utf8',
    });
    if (error !== undefined) reason = `it needs make and g++ (${error.message})`;
    else if (status !== 0) reason = `it did not compile (it needs g++): ${stderr}`;
    isBuilt = true;
  }
  return reason;
}
