/** The one place where native result codes become codes and sentences. */
import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { type PeerExit, SmipcError, type SmipcErrorFields } from './errors.js';

/** The result codes of native/status.h. */
export const Status = {
  Ok: 0,
  PeerEnded: -1,
  PeerAborted: -2,
  PeerDied: -3,
  PeerClosed: -4,
  Busy: -5,
  Undrained: -6,
  NotFound: -7,
  Exists: -8,
  Incompatible: -9,
  OpenToOthers: -10,
  Locked: -11,
  Corrupt: -12,
  Closed: -13,
  System: -14,
  Detached: -15,
  Dying: -16,
  UnusableDirectory: -17,
} as const;

interface Meaning {
  code: string;
  text: string;
  peer?: PeerExit;
}

const kMeanings = new Map<number, Meaning>([
  [Status.Busy, { code: 'EBUSY', text: 'another owner holds this role' }],
  [
    Status.Dying,
    { code: 'EBUSY', text: 'the process of the owner before is still ending, or keeps the lock' },
  ],
  [
    Status.Undrained,
    {
      code: 'EBUSY',
      text: 'an ended stream still waits for its reader (read it, remove() it, or open with wait: true)',
    },
  ],
  [Status.NotFound, { code: 'ENOENT', text: 'no such channel' }],
  [Status.Exists, { code: 'EEXIST', text: 'the channel already exists' }],
  [
    Status.Incompatible,
    {
      code: 'ERR_SMIPC_INCOMPATIBLE',
      text: 'not a smipc channel, or one of another layout version, framing, role scheme or `resume`',
    },
  ],
  [
    Status.OpenToOthers,
    {
      code: 'EACCES',
      text: 'the directory belongs to somebody else, or others may write in it whom `permissions` does not let in',
    },
  ],
  [
    Status.Locked,
    { code: 'ETIMEDOUT', text: 'another process has held the lock of the directory for too long' },
  ],
  [
    Status.Corrupt,
    { code: 'ERR_SMIPC_CORRUPT', text: 'the shared memory holds impossible values' },
  ],
  [Status.Closed, { code: 'EBADF', text: 'the channel is closed' }],
  [
    Status.Detached,
    { code: 'ERR_INVALID_STATE', text: 'the memory of the bytes was transferred away or resized' },
  ],
]);

const kReaderMeanings = new Map<number, Meaning>([
  [
    Status.PeerAborted,
    { code: 'ECONNRESET', text: 'the writer left without end()', peer: 'aborted' },
  ],
  [Status.PeerDied, { code: 'ECONNRESET', text: 'the writer died', peer: 'died' }],
]);

const kWriterMeanings = new Map<number, Meaning>([
  [Status.PeerClosed, { code: 'EPIPE', text: 'the reader has closed', peer: 'closed' }],
  [Status.PeerDied, { code: 'EPIPE', text: 'the reader died', peer: 'died' }],
]);

const kUnknown: Meaning = { code: 'ERR_SMIPC_CORRUPT', text: 'the peer is in an impossible state' };

export interface FailureDetails extends SmipcErrorFields {
  /** The positive error number of a failed system call. */
  systemError?: number;
  directory?: string;
  /** Bytes of shared memory that were asked for. */
  wantedBytes?: number;
  /** How long a next owner of the opposite role was waited for, in milliseconds. */
  resumeTimeout?: number | undefined;
}

/** The error for a native result code other than Ok. */
export function failure(status: number, details: FailureDetails): SmipcError {
  if (status === Status.System) return systemFailure(details);
  if (status === Status.UnusableDirectory) return directoryFailure(details);
  const meaning =
    kMeanings.get(status) ??
    (details.syscall === 'write' ? kWriterMeanings : kReaderMeanings).get(status) ??
    kUnknown;
  const isHeld = status === Status.Busy || status === Status.Dying;
  const holder = isHeld && details.pid ? ` (process ${details.pid})` : '';
  const place = status === Status.OpenToOthers ? ` (${details.directory})` : '';
  const pid = isHeld ? details.pid : undefined;
  const wait =
    meaning.peer === undefined || details.resumeTimeout === undefined
      ? ''
      : ` and nobody came in its place within ${details.resumeTimeout} ms`;
  const error = new SmipcError(meaning.code, meaning.text + holder + place + wait, {
    ...details,
    pid,
    peer: meaning.peer,
  });
  if (status === Status.Dying) kOfDying.add(error);
  return error;
}

const kOfDying = new WeakSet<object>();

/** Whether opening failed because the process of the role's last owner has not quite ended. */
export function isOfDying(error: unknown): boolean {
  return kOfDying.has(error as object);
}

/**
 * There can be no channels in `details.directory`: a directory above it is missing, or what is there
 * cannot hold them, as `details.systemError` says.
 */
export function directoryFailure(details: FailureDetails): SmipcError {
  const { directory = '', systemError = 0 } = details;
  const missing = systemError === kENOENT ? missingAbove(directory) : undefined;
  const [code, text] = systemErrorOf(systemError);
  const reason =
    missing === undefined
      ? `${directory} cannot hold channels (${code}: ${text});`
      : `there can be no channels in ${directory}, because ${missing} does not exist; make it, or`;
  const advice = 'choose another directory with SMIPC_DIR or the option `dir`';
  const errno = -systemError;
  const cause =
    details.cause ??
    Object.assign(new Error(`${code}: ${text}, '${directory}'`), { code, errno, path: directory });
  return new SmipcError('ERR_SMIPC_DIRECTORY', `${reason} ${advice}`, {
    ...details,
    errno,
    pid: undefined,
    cause,
  });
}

const kENOENT = 2;

/** What is missing above a directory: the uppermost directory that does not exist. */
export function missingAbove(directory: string): string | undefined {
  let missing: string | undefined;
  for (let path = dirname(directory); isMissing(path); path = dirname(path)) missing = path;
  return missing;
}

function isMissing(path: string): boolean {
  try {
    statSync(path);
  } catch (error) {
    // Anything else, such as Node's permission model, does not say that it is missing.
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
  return false;
}

/** The name of a system error, and the system's words for it. */
function systemErrorOf(systemError: number): [string, string] {
  const known = getSystemErrorMap().get(-systemError);
  return known ?? ['EUNKNOWN', `system error ${systemError}`];
}

function systemFailure(details: FailureDetails): SmipcError {
  const { directory, systemError = 0 } = details;
  // A channel that is not there is NotFound: here it is the directory in which none can be made.
  if (systemError === kENOENT && details.syscall === 'open') return directoryFailure(details);
  const errno = -systemError;
  const [code, text] = systemErrorOf(systemError);
  const place = directory === undefined ? '' : ` (in ${directory})`;
  const advice = code === 'ENOSPC' ? noSpaceAdvice(details) : place;
  return new SmipcError(code, text + advice, { ...details, errno, pid: undefined });
}

function noSpaceAdvice({ directory = '', wantedBytes = 0 }: FailureDetails): string {
  let free = 'an unknown number';
  try {
    const { bavail, bsize } = statfsSync(directory);
    free = String(bavail * bsize);
  } catch {
    // The directory is gone by now; the sentence does without the figure.
  }
  return (
    ` (${wantedBytes} bytes asked for, ${free} free in ${directory};` +
    ' make it larger, e.g. with docker run --shm-size, or take a smaller `capacity`)'
  );
}
