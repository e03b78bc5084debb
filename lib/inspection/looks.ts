/** Looking at what is in a directory, whoever may be about to change it. */
import { kDetailFields, Status, unpack } from '../environment/contract.js';
import { readyAddon } from '../environment/environment.js';
import type { SmipcError, Syscall } from '../errors/errors.js';
import { failure } from '../failures/failures.js';
import { type Place, type Sight, sightOf } from './status.js';

/** Without opening a channel, all that counts is that the directory's owner is trusted. */
export const kAnyPermissions = 0o777;

const kNoChannel = new Set(['ENOENT', 'ELOOP', 'ERR_SMIPC_INCOMPATIBLE', 'ERR_SMIPC_CORRUPT']);

/** Whether a failure says something of one file only, so that the others can be gone on with. */
export function isAboutOneFile({ code, errno }: SmipcError): boolean {
  // Without an errno it is not the kernel that refuses, but we: nothing in this directory is
  // trusted.
  return kNoChannel.has(code) || (code === 'EACCES' && errno !== undefined);
}

/** The results that say something of the directory, although a channel was asked for. */
const kOfTheDirectory = new Set<number>([
  Status.OpenToOthers,
  Status.UnusableDirectory,
  Status.Locked,
]);

/** Why a channel could not be examined by a call that was about the whole directory. */
export function failureAt(
  { directory, name }: Place,
  status: number,
  details: Float64Array,
  syscall: Syscall,
): SmipcError {
  const { systemError } = unpack(kDetailFields, details);
  // The caller has named no channel: a name would only mislead where none is to blame.
  const channel = kOfTheDirectory.has(status) ? undefined : name;
  return failure(status, { syscall, channel, systemError, directory });
}

/**
 * What there is of that name; undefined: no channel, or none that this process may look at.
 * @throws SmipcError about the whole directory
 */
export function lookAt(place: Place): Sight | undefined {
  const details = new Float64Array(kDetailFields.length);
  const seen = sightOf(readyAddon(), place, kAnyPermissions, details);
  if (typeof seen !== 'number') return seen;
  const error = failureAt(place, seen, details, 'inspect');
  if (isAboutOneFile(error)) return undefined;
  throw error;
}

/**
 * The names in a directory that may be channels, sorted; none if there is no directory.
 * @throws SmipcError if it cannot be read, or no channel in it could be opened: an empty answer must
 *   not hide that
 */
export function namesIn(directory: string, syscall: Syscall): string[] {
  const details = new Float64Array(kDetailFields.length);
  const names = readyAddon().listNames(directory, kAnyPermissions, details);
  if (typeof names !== 'number') return names.filter((name) => !name.startsWith('.')).sort();
  if (names === Status.NotFound) return [];
  const { systemError } = unpack(kDetailFields, details);
  throw failure(names, { syscall, systemError, directory });
}
