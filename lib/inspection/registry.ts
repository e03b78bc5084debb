/** Channels from outside: what there is, how it is, and removing it. */
import { readdirSync } from 'node:fs';
import { readyAddon } from '../environment/environment.js';
import { checkBoolean, checkObject } from '../errors/arguments.js';
import { SmipcError } from '../errors/errors.js';
import { directoryFailure, failure, missingAbove, Status } from '../failures/failures.js';
import { checkName, type DirectoryOptions, resolveDirectory } from '../options/options.js';
import { type ChannelStatus, SnapshotBuffer } from './status.js';

/** Options of `remove`. */
export interface RemoveOptions extends DirectoryOptions {
  /**
   * Remove a channel that a live process holds, too, and one whose header is damaged or of another
   * layout version. Its owners are not disturbed; they only cannot be found any more. A file that
   * never was a channel is never removed. Default: false.
   */
  force?: boolean | undefined;
}

/** Looking is allowed wherever the directory's owner is trusted: nothing is opened for others. */
const kAnyPermissions = 0o777;

/**
 * The status of one channel, without taking a role in it.
 * @throws SmipcError `ENOENT`, `EACCES`, `ERR_SMIPC_DIRECTORY`, `ERR_SMIPC_INCOMPATIBLE`,
 *   `ERR_SMIPC_CORRUPT`
 */
export function inspect(name: string, options: DirectoryOptions = {}): ChannelStatus {
  checkName(name);
  checkObject('options', options);
  const directory = resolveDirectory(options);
  const snapshot = new SnapshotBuffer();
  const details = new Float64Array(2);
  const result = readyAddon().inspect(directory, name, kAnyPermissions, snapshot.fields, details);
  if (result === Status.Ok) return snapshot.toStatus(name, null);
  const [systemError = 0] = details;
  throw failure(result, { syscall: 'inspect', channel: name, systemError, directory });
}

/**
 * The status of every channel in the directory, sorted by name; none if it is not there yet. Left out
 * are files that are no channels, channels that vanish meanwhile, and those of others that this process
 * may not open.
 * @throws SmipcError `ERR_SMIPC_DIRECTORY`, `EACCES` and other system errors about the directory; not
 *   `ENOENT`
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
  // Without an errno it is not the kernel that refuses, but we: nothing in this directory is trusted.
  return kNoChannel.has(code) || (code === 'EACCES' && errno !== undefined);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => !name.startsWith('.'))
      .sort();
  } catch (cause) {
    const { code = 'EUNKNOWN', errno, message } = cause as NodeJS.ErrnoException;
    // Node's permission model has a code of its own.
    if (errno === undefined) throw new SmipcError(code, message, { syscall: 'inspect', cause });
    const details = { syscall: 'inspect' as const, systemError: -errno, directory, cause };
    if (code !== 'ENOENT') throw failure(Status.System, details);
    if (missingAbove(directory) !== undefined) throw directoryFailure(details);
    return [];
  }
}

/**
 * Removes a channel that no live process holds, and with it what was not read.
 * @throws SmipcError `EBUSY` (with the holder's `pid`), `ENOENT`, `EACCES`, `ERR_SMIPC_DIRECTORY`,
 *   `ERR_SMIPC_INCOMPATIBLE`, `ERR_SMIPC_CORRUPT`
 */
export function remove(name: string, options: RemoveOptions = {}): void {
  checkName(name);
  checkObject('options', options);
  const directory = resolveDirectory(options);
  const force = checkBoolean('options.force', options.force ?? false);
  const details = new Float64Array(2);
  const result = readyAddon().remove(directory, name, kAnyPermissions, force, details);
  if (result === Status.Ok) return;
  const [systemError = 0, pid = 0] = details;
  throw failure(result, { syscall: 'remove', channel: name, systemError, pid, directory });
}
