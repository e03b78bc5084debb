/**
 * What a system error means here, and what to do about it: which limit was reached, its value, and
 * the way out. It examines the machine after the failure, so it says only what it finds; where it
 * finds no cause it names the directory, and does not guess.
 */
import { type Attempt, kElsewhere } from './attempt.js';
import { noAccess, notPermitted } from './directory-advice.js';
import { noDescriptor, noFileInSystem, noMappings, noThread } from './limit-advice.js';
import { nameTooLong, noDirectory, tooManyLinks } from './path-advice.js';
import { fileTooLarge, noQuota, noSpace } from './space-advice.js';

/** The text that follows the system's own words for the error. */
export function adviceFor(code: string, attempt: Attempt): string {
  let text: string | undefined;
  try {
    text = kAdvice[code]?.(attempt);
  } catch {
    // Without memory or descriptors, finding the cause may fail, too. The error itself is what
    // counts.
  }
  return text === undefined ? ` (in ${attempt.directory})` : ` (${text})`;
}

const kAdvice: Record<string, ((attempt: Attempt) => string | undefined) | undefined> = {
  EACCES: noAccess,
  EAGAIN: noThread,
  EDQUOT: noQuota,
  EFBIG: fileTooLarge,
  ELOOP: tooManyLinks,
  EMFILE: noDescriptor,
  ENAMETOOLONG: nameTooLong,
  ENFILE: noFileInSystem,
  ENOMEM: noMappings,
  ENOSPC: noSpace,
  ENOTDIR: noDirectory,
  EPERM: notPermitted,
  EROFS: ({ directory }) => `the file system at ${directory} is read-only; ${kElsewhere}`,
  ESTALE: ({ directory }) =>
    `the file system at ${directory} no longer has the file: channels need a file system of this machine, not of a server; ${kElsewhere}`,
};
