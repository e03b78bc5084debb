/** Turns native result codes into errors: a code that programs handle, and a text for people. */
import { lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { Status } from '../environment/contract.js';
import {
  type PeerExit,
  SmipcError,
  type SmipcErrorFields,
  type Syscall,
} from '../errors/errors.js';
import { adviceFor } from './advice.js';
import { kElsewhere } from './attempt.js';
import { lockHolderAdvice, openToOthersAdvice } from './directory-advice.js';
import { unusableText } from './file-system.js';
import { type Mismatch, mismatchText, strangeFileText } from './incompatible.js';
import { type MemoryShortage, shortageText } from './memory-shortage.js';

interface Meaning {
  code: string;
  text: string;
}

/** What the peer has done; `text` goes on after its name. */
interface LossMeaning extends Meaning {
  role: 'writer' | 'reader';
  peer: PeerExit;
}

const kMeanings = new Map<number, Meaning>([
  [Status.Busy, { code: 'EBUSY', text: 'another owner holds this role' }],
  [Status.Dying, { code: 'EBUSY', text: "the previous owner's process has not exited yet" }],
  [
    Status.Undrained,
    {
      code: 'EBUSY',
      text: 'the channel holds an ended stream that is not read yet (read it, remove() it, or open with wait: true)',
    },
  ],
  [Status.NotFound, { code: 'ENOENT', text: 'no such channel' }],
  [Status.Refused, { code: 'ECONNREFUSED', text: 'the server does not listen any more' }],
  [Status.Exists, { code: 'EEXIST', text: 'the channel already exists' }],
  [
    Status.Incompatible,
    {
      code: 'ERR_SMIPC_INCOMPATIBLE',
      text: 'it is not a channel that this version of smipc can open',
    },
  ],
  [
    Status.OpenToOthers,
    {
      code: 'EACCES',
      text: 'the directory is not protected from other users',
    },
  ],
  [
    Status.Locked,
    {
      code: 'ETIMEDOUT',
      text: 'timed out after 2 s, because another process holds the lock of the directory',
    },
  ],
  [
    Status.Corrupt,
    { code: 'ERR_SMIPC_CORRUPT', text: 'the shared memory is damaged: it holds impossible values' },
  ],
  [Status.Closed, { code: 'EBADF', text: 'the channel is closed' }],
  [
    Status.Detached,
    { code: 'ERR_INVALID_STATE', text: "the buffer's memory was transferred away or resized" },
  ],
  [
    Status.NotSupported,
    { code: 'ERR_SMIPC_ADDON', text: 'the native addon has no code for this system' },
  ],
  [
    Status.IdInUse,
    {
      code: 'EAGAIN',
      text: 'a channel that is being closed has not released its id yet: try again',
    },
  ],
]);

const kReaderMeanings = new Map<number, LossMeaning>([
  [
    Status.PeerAborted,
    { code: 'ECONNRESET', role: 'writer', text: 'left without end()', peer: 'aborted' },
  ],
  [Status.PeerDied, { code: 'ECONNRESET', role: 'writer', text: 'died', peer: 'died' }],
]);

const kWriterMeanings = new Map<number, LossMeaning>([
  [
    Status.PeerClosed,
    { code: 'EPIPE', role: 'reader', text: 'closed the channel', peer: 'closed' },
  ],
  [Status.PeerDied, { code: 'EPIPE', role: 'reader', text: 'died', peer: 'died' }],
]);

const kUnknown: Meaning = { code: 'ERR_SMIPC_CORRUPT', text: 'the peer is in an impossible state' };

export interface FailureDetails extends SmipcErrorFields {
  /** The positive error number of a failed system call. */
  systemError?: number;
  /** Bytes of the ring, if one was to be created. */
  wantedBytes?: number;
  /** The file mode that says which users may open the channel. */
  permissions?: number;
  /** How the existing channel differs from the requested one; undefined: it is no such channel. */
  mismatch?: Mismatch | undefined;
  /** `ENOMEM`: the limit that the ring would have exceeded, if that is the reason. */
  shortage?: MemoryShortage | undefined;
  /** How long the channel waited for the next owner of the peer's role, in milliseconds. */
  resumeTimeout?: number | undefined;
}

/** The error for a native result code other than Ok. */
export function failure(status: number, details: FailureDetails): SmipcError {
  if (status === Status.System) return systemFailure(details);
  if (status === Status.UnusableDirectory) return directoryFailure(details);
  const loss = (details.syscall === 'write' ? kWriterMeanings : kReaderMeanings).get(status);
  if (loss !== undefined) return lossFailure(loss, details);
  const meaning = kMeanings.get(status) ?? kUnknown;
  if (status === Status.Incompatible) {
    return new SmipcError(meaning.code, incompatibleText(meaning.text, details), details);
  }
  const isHeld = status === Status.Busy || status === Status.Dying;
  const holder = isHeld && details.pid ? ` (process ${details.pid})` : '';
  const pid = isHeld ? details.pid : undefined;
  const isRemoval = status === Status.Busy && details.syscall === 'remove';
  const text = isRemoval ? 'a live owner holds a role of the channel' : meaning.text;
  const where = placeOf(status, details);
  const words = text + holder + where + (isHeld ? wayAround(details.syscall) : '');
  const error = new SmipcError(meaning.code, words, { ...details, pid });
  if (status === Status.Dying) kStillExiting.add(error);
  return error;
}

/** The peer has gone: who it was, and how. */
function lossFailure({ code, role, text, peer }: LossMeaning, details: FailureDetails): SmipcError {
  const who = details.pid ? `the ${role} (process ${details.pid})` : `the ${role}`;
  return new SmipcError(code, `${who} ${text}${successorOf(details)}`, { ...details, peer });
}

function incompatibleText(text: string, details: FailureDetails): string {
  const { directory, channel, mismatch } = details;
  if (directory === undefined || channel === undefined) return text;
  if (mismatch !== undefined) return mismatchText(directory, channel, mismatch);
  return strangeFileText(directory, channel);
}

const kStillExiting = new WeakSet<object>();

/** What to do about a role that another owner holds. */
function wayAround(syscall: Syscall): string {
  if (syscall === 'remove') return '; force: true removes it anyway';
  return syscall === 'open' ? '; open with wait: true to wait for it' : '';
}

/** Whether opening failed because the process of the role's last owner has not exited yet. */
export function isOwnerStillExiting(error: unknown): boolean {
  return kStillExiting.has(error as object);
}

/**
 * The error for a `details.directory` that cannot hold channels: a directory above it is missing,
 * or its file system refuses what channels need, as `details.systemError` says.
 */
function directoryFailure(details: FailureDetails): SmipcError {
  const { directory = '', systemError = 0 } = details;
  const missing = systemError === kENOENT ? missingAbove(directory) : undefined;
  const [code, text] = systemErrorOf(systemError);
  const reason =
    missing === undefined
      ? unusableText(directory, systemError)
      : `there can be no channels in ${directory}, because ${missing} ${flawOf(missing)}, or`;
  const errno = -systemError;
  const cause =
    systemError === 0
      ? details.cause
      : (details.cause ??
        Object.assign(new Error(`${code}: ${text}, '${directory}'`), {
          code,
          errno,
          path: directory,
        }));
  return new SmipcError('ERR_SMIPC_DIRECTORY', `${reason} ${kElsewhere}`, {
    ...details,
    errno,
    pid: undefined,
    cause,
  });
}

const kENOENT = 2;

/** The uppermost directory above this one that does not exist. */
function missingAbove(directory: string): string | undefined {
  let missing: string | undefined;
  for (let path = dirname(directory); isMissing(path); path = dirname(path)) missing = path;
  return missing;
}

/** What is wrong with a directory that is missing, and what to do about it. */
function flawOf(missing: string): string {
  const isLink = lstatSync(missing, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink
    ? 'is a symbolic link to something that does not exist; repair it'
    : 'does not exist; create it';
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
  // A channel that does not exist is NotFound: here it is its directory that cannot be created.
  if (systemError === kENOENT && details.syscall === 'open') return directoryFailure(details);
  const [code, text] = systemErrorOf(systemError);
  const advice =
    details.shortage !== undefined
      ? shortageText(details.wantedBytes ?? 0, details.shortage)
      : directory === undefined
        ? ''
        : adviceFor(code, { ...details, directory });
  return new SmipcError(code, text + advice, { ...details, errno: -systemError, pid: undefined });
}

function successorOf({ resumeTimeout }: FailureDetails): string {
  return resumeTimeout === undefined ? '' : ` and no successor arrived within ${resumeTimeout} ms`;
}

/** The directory, and what is wrong with it. */
function placeOf(status: number, details: FailureDetails): string {
  const { directory } = details;
  if (directory === undefined) return '';
  if (status === Status.OpenToOthers) return openToOthersAdvice({ ...details, directory });
  if (status === Status.Locked) return lockHolderAdvice(directory);
  if (status === Status.NotFound && isMissing(directory)) {
    return `: the directory ${directory} does not exist; both ends need the same SMIPC_DIR or option \`dir\``;
  }
  return status === Status.NotFound || status === Status.Exists ? ` in ${directory}` : '';
}
