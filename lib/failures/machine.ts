/** What the machine says after a failure. It may be short of memory or descriptors. */
import { lstatSync, readFileSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { loadAddon } from '../environment/addon.js';
import { kLimitFields, unpack } from '../environment/contract.js';

/** The limits of this process. */
export function limits(): Record<(typeof kLimitFields)[number], number> {
  const fields = new Float64Array(kLimitFields.length);
  loadAddon().limits(fields);
  return unpack(kLimitFields, fields);
}

/** The text of a file of the kernel's; undefined: it cannot be read. */
export function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return undefined;
  }
}

export function stat(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

export function lstat(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/** The directory, or the nearest one above it that exists. */
export function nearest(directory: string): string {
  let path = directory;
  while (path !== dirname(path) && stat(path) === undefined) path = dirname(path);
  return path;
}
