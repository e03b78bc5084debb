/** Removes what processes that died have left behind in a directory. */
import { kDetailFields, kSnapshotFields, Status } from '../environment/contract.js';
import { monotonicMs, readyAddon } from '../environment/environment.js';
import { checkBoolean, checkObject } from '../errors/arguments.js';
import type { SmipcError } from '../errors/errors.js';
import { type DirectoryOptions, resolveDirectory } from '../options/options.js';
import { failureAt, isAboutOneFile, kAnyPermissions, namesIn } from './looks.js';
import { type ChannelStatus, type Place, toStatus } from './status.js';

/** Options of `prune`. */
export interface PruneOptions extends DirectoryOptions {
  /**
   * Also remove what somebody could still read, or go on from: bytes that were not read, streams
   * that have ended and wait for their reader, and resumable channels. What a live process holds
   * stays in any case. Default: false.
   */
  includeUnread?: boolean | undefined;
}

/** How long prune() waits for the directory's lock, as everything that must have it does. */
const kPatienceMs = 2000;
/**
 * Removes a channel that no live process holds, and whose bytes, if there are any, nobody can read
 * any more, or, if `includesUnread`, nobody shall. Returns what it was, or why it stays.
 */
function sweep(
  place: Place,
  includesUnread: boolean,
  patienceMs: number,
): ChannelStatus | SmipcError {
  const { directory, name } = place;
  const snapshot = new Float64Array(kSnapshotFields.length);
  const details = new Float64Array(kDetailFields.length);
  const result = readyAddon().sweep(
    directory,
    name,
    kAnyPermissions,
    includesUnread,
    patienceMs,
    snapshot,
    details,
  );
  if (result === Status.Ok) return toStatus(snapshot, place, null);
  return failureAt(place, result, details, 'remove');
}

/**
 * Removes a channel that is of no more use, if that can be done without waiting. Whether it has gone;
 * if not, somebody may be about to enter it.
 */
export function sweepOne(place: Place): boolean {
  const swept = sweep(place, false, 0);
  return !(swept instanceof Error) || swept.code === 'ENOENT';
}

/**
 * Removes as many of these channels as can be done in that time, of those that are of no more use.
 * It never fails: what stays is left to the next one who comes.
 */
export function sweepSome(directory: string, names: readonly string[], mostMs: number): void {
  const end = monotonicMs() + mostMs;
  for (const name of names) {
    sweepOne({ directory, name });
    if (monotonicMs() >= end) return;
  }
}

/**
 * Removes every channel that no live process holds and that nobody can use any more, at once, and
 * returns what they were, sorted by name. smipc does the same by and by, whenever a channel is
 * opened or listed in the directory. With `includeUnread: true` it removes all that no live process
 * holds. Files of other users, and damaged ones, stay.
 * @throws TypeError for bad arguments; SmipcError: `ERR_SMIPC_DIRECTORY`, `EACCES`, `ETIMEDOUT` and
 *   other system errors about the directory, but not `ENOENT`
 */
export function prune(options: PruneOptions = {}): ChannelStatus[] {
  checkObject('options', options);
  const includeUnread = checkBoolean('options.includeUnread', options.includeUnread ?? false);
  const directory = resolveDirectory(options);
  const removed: ChannelStatus[] = [];
  for (const name of namesIn(directory, 'remove')) {
    const swept = sweep({ directory, name }, includeUnread, kPatienceMs);
    if (!(swept instanceof Error)) removed.push(swept);
    else if (swept.code !== 'EBUSY' && !isAboutOneFile(swept)) throw swept;
  }
  return removed;
}
