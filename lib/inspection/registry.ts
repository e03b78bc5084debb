/** Finds, examines and removes channels without opening them. */
import { kDetailFields, Status, unpack } from '../environment/contract.js';
import { monotonicMs, readyAddon } from '../environment/environment.js';
import { checkBoolean, checkObject } from '../errors/arguments.js';
import { failure } from '../failures/failures.js';
import { checkName, type DirectoryOptions, resolveDirectory } from '../options/options.js';
import { kAnyPermissions, lookAt, namesIn } from './looks.js';
import { type ChannelStatus, inspectStatus } from './status.js';
import { sweepSome } from './sweeping.js';

/** Options of `remove`. */
export interface RemoveOptions extends DirectoryOptions {
  /**
   * Remove the channel even if a live process holds it, or if its header is damaged or of another
   * layout version. Processes that hold it go on undisturbed, but no new peer can find them. A file
   * that never was a channel is not removed. Default: false.
   */
  force?: boolean | undefined;
}

/**
 * Returns the status of one channel, without opening it or taking a role.
 * @throws TypeError for bad arguments; SmipcError: `ENOENT`, `EACCES`, `ERR_SMIPC_DIRECTORY`,
 *   `ERR_SMIPC_INCOMPATIBLE`, `ERR_SMIPC_CORRUPT`
 */
export function inspect(name: string, options: DirectoryOptions = {}): ChannelStatus {
  checkName(name);
  checkObject('options', options);
  const directory = resolveDirectory(options);
  const details = new Float64Array(kDetailFields.length);
  const status = inspectStatus(readyAddon(), directory, name, kAnyPermissions, details);
  if (typeof status !== 'number') return status;
  const { systemError } = unpack(kDetailFields, details);
  throw failure(status, { syscall: 'inspect', channel: name, systemError, directory });
}

/**
 * Returns the status of every channel in the directory, sorted by name; an empty list if the
 * directory does not exist yet. Files that are not channels, channels that vanish meanwhile, and
 * channels of other users that this process may not open are left out. So is what crashes have left
 * behind and nobody can use any more; some of it is removed.
 * @throws TypeError for bad arguments; SmipcError: `ERR_SMIPC_DIRECTORY`, `EACCES` and other system
 *   errors about the directory, but not `ENOENT`
 */
export function list(options: DirectoryOptions = {}): ChannelStatus[] {
  checkObject('options', options);
  const directory = resolveDirectory(options);
  const start = monotonicMs();
  const spent: string[] = [];
  const statuses: ChannelStatus[] = [];
  for (const name of namesIn(directory, 'inspect')) {
    const seen = lookAt({ directory, name });
    if (seen?.isSpent) spent.push(name);
    else if (seen !== undefined) statuses.push(seen.status);
  }
  // As long again at most: what is swept now is not looked at the next time.
  sweepSome(directory, spent, monotonicMs() - start);
  return statuses;
}

/**
 * Removes a channel that no live process holds, together with the bytes that were not read. With
 * `force: true` it removes one that is held, too.
 * @throws TypeError for bad arguments; SmipcError: `EBUSY` (with the holder's `pid`), `ENOENT`,
 *   `EACCES`, `ERR_SMIPC_DIRECTORY`, `ERR_SMIPC_INCOMPATIBLE`, `ERR_SMIPC_CORRUPT`
 */
export function remove(name: string, options: RemoveOptions = {}): void {
  checkName(name);
  checkObject('options', options);
  const force = checkBoolean('options.force', options.force ?? false);
  const directory = resolveDirectory(options);
  const details = new Float64Array(kDetailFields.length);
  const result = readyAddon().remove(directory, name, kAnyPermissions, force, details);
  if (result === Status.Ok) return;
  const { systemError, holderPid: pid } = unpack(kDetailFields, details);
  throw failure(result, { syscall: 'remove', channel: name, systemError, pid, directory });
}
