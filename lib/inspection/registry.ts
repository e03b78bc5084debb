/** Finds, examines and removes channels without opening them. */
import { kDetailFields, Status, unpack } from '../environment/contract.js';
import { readyAddon } from '../environment/environment.js';
import { checkBoolean, checkObject } from '../errors/arguments.js';
import { SmipcError } from '../errors/errors.js';
import { failure } from '../failures/failures.js';
import { checkName, type DirectoryOptions, resolveDirectory } from '../options/options.js';
import { type ChannelStatus, inspectStatus } from './status.js';

/** Options of `remove`. */
export interface RemoveOptions extends DirectoryOptions {
  /**
   * Remove the channel even if a live process holds it, or if its header is damaged or of another
   * layout version. Processes that hold it go on undisturbed, but no new peer can find them. A file
   * that never was a channel is not removed. Default: false.
   */
  force?: boolean | undefined;
}

/** Without opening a channel, all that counts is that the directory's owner is trusted. */
const kAnyPermissions = 0o777;

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
 * channels of other users that this process may not open are left out.
 * @throws TypeError for bad arguments; SmipcError: `ERR_SMIPC_DIRECTORY`, `EACCES` and other system
 *   errors about the directory, but not `ENOENT`
 */
export function list(options: DirectoryOptions = {}): ChannelStatus[] {
  checkObject('options', options);
  const directory = resolveDirectory(options);
  return namesIn(directory)
    .map((name) => {
      try {
        return inspect(name, { dir: directory });
      } catch (error) {
        if (error instanceof SmipcError && isAboutOneFile(error)) return undefined;
        throw error;
      }
    })
    .filter((status) => status !== undefined);
}

const kNoChannel = new Set(['ENOENT', 'ELOOP', 'ERR_SMIPC_INCOMPATIBLE', 'ERR_SMIPC_CORRUPT']);

function isAboutOneFile({ code, errno }: SmipcError): boolean {
  // Without an errno it is not the kernel that refuses, but we: nothing in this directory is
  // trusted.
  return kNoChannel.has(code) || (code === 'EACCES' && errno !== undefined);
}

function namesIn(directory: string): string[] {
  const details = new Float64Array(kDetailFields.length);
  const names = readyAddon().listNames(directory, details);
  if (typeof names !== 'number') return names.filter((name) => !name.startsWith('.')).sort();
  if (names === Status.NotFound) return [];
  const { systemError } = unpack(kDetailFields, details);
  throw failure(names, { syscall: 'inspect', systemError, directory });
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
