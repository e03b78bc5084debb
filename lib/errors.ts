/**
 * Every error that smipc makes, and the one place where native result codes become codes and
 * sentences. Programs branch on `code`; codes are stable within a major version, texts are not.
 */
import { statfsSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';

/** How the opposite end left. */
export type PeerExit = 'ended' | 'aborted' | 'died' | 'closed';

/** What failed, as in Node's own system errors. */
export type Syscall = 'open' | 'read' | 'write' | 'wait' | 'close' | 'inspect' | 'remove';

export interface SmipcErrorFields {
  syscall: Syscall;
  channel?: string | undefined;
  errno?: number | undefined;
  peer?: PeerExit | undefined;
  pid?: number | undefined;
  cause?: unknown;
}

const kBrand = Symbol.for('smipc.error');

/**
 * A failure that a program may want to handle. It looks like Node's system errors.
 *
 * Codes: `EPIPE`, `ECONNRESET`, `EBUSY`, `ENOENT`, `EEXIST`, `EACCES`, `ENOSPC`, `ETIMEDOUT`, `EBADF`
 * (closed on this side) and whatever else the operating system reports; `ERR_SMIPC_CORRUPT`,
 * `ERR_SMIPC_INCOMPATIBLE`, `ERR_SMIPC_MESSAGE_TOO_LARGE`, `ERR_SMIPC_ADDON`. The README has the
 * table of what each means.
 */
export class SmipcError extends Error {
  /** Stable within a major version. */
  readonly code: string;
  readonly syscall: Syscall;
  /** The channel's name. */
  readonly channel: string | undefined;
  /** The negated system error number, where the operating system gave one. */
  readonly errno: number | undefined;
  /** `EPIPE` and `ECONNRESET`: how the opposite end left. */
  readonly peer: PeerExit | undefined;
  /** `EBUSY`: the process that holds the role, as its own PID namespace counts. */
  readonly pid: number | undefined;

  constructor(code: string, text: string, fields: SmipcErrorFields) {
    const where = fields.channel === undefined ? '' : ` '${fields.channel}'`;
    super(
      `${code}: ${text}, ${fields.syscall}${where}`,
      fields.cause === undefined ? undefined : { cause: fields.cause },
    );
    this.code = code;
    this.syscall = fields.syscall;
    this.channel = fields.channel;
    this.errno = fields.errno;
    this.peer = fields.peer;
    this.pid = fields.pid;
  }

  /** Recognises errors of every copy of smipc in a process, not just of this one. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && kBrand in value;
  }
}
Object.defineProperty(SmipcError.prototype, 'name', { value: 'SmipcError', configurable: true });
Object.defineProperty(SmipcError.prototype, kBrand, { value: true });

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
} as const;

interface Meaning {
  code: string;
  text: string;
  peer?: PeerExit;
}

const kMeanings = new Map<number, Meaning>([
  [Status.Busy, { code: 'EBUSY', text: 'another owner holds this role' }],
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
      text: 'not a smipc channel, or one of another layout version, framing or role scheme',
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
}

/** The error for a native result code other than Ok. */
export function failure(status: number, details: FailureDetails): SmipcError {
  if (status === Status.System) return systemFailure(details);
  const meaning =
    kMeanings.get(status) ??
    (details.syscall === 'write' ? kWriterMeanings : kReaderMeanings).get(status) ??
    kUnknown;
  const holder = status === Status.Busy && details.pid ? ` (process ${details.pid})` : '';
  const place = status === Status.OpenToOthers ? ` (${details.directory})` : '';
  const pid = status === Status.Busy ? details.pid : undefined;
  return new SmipcError(meaning.code, meaning.text + holder + place, {
    ...details,
    pid,
    peer: meaning.peer,
  });
}

function systemFailure(details: FailureDetails): SmipcError {
  const errno = -(details.systemError ?? 0);
  const [code, text] = getSystemErrorMap().get(errno) ?? ['EUNKNOWN', `system error ${-errno}`];
  const { directory } = details;
  const place = directory === undefined ? '' : ` (in ${directory})`;
  const advice = code === 'ENOSPC' ? noSpaceAdvice(details) : place;
  return new SmipcError(code, text + advice, { ...details, errno });
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

/** The error of a wait that took longer than its `timeout`. */
export function timeoutError(timeoutMs: number, fields: SmipcErrorFields): SmipcError {
  return new SmipcError('ETIMEDOUT', `nothing came of it within ${timeoutMs} ms`, fields);
}

/** Rejections of an aborted wait, as Node's own: name `AbortError`, code `ABORT_ERR`. */
export class AbortError extends Error {
  readonly code = 'ABORT_ERR';

  constructor(signal: AbortSignal) {
    super('The operation was aborted', { cause: signal.reason });
  }
}
Object.defineProperty(AbortError.prototype, 'name', { value: 'AbortError', configurable: true });

function withCode<E extends Error>(error: E, code: string): E {
  return Object.assign(error, { code });
}

function show(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > 80 ? `a string of ${value.length} characters` : JSON.stringify(value);
  }
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) {
    return `an instance of ${value.constructor?.name ?? 'Object'}`;
  }
  return String(value);
}

export function invalidArgType(name: string, expected: string, value: unknown): TypeError {
  const text = `The "${name}" argument must be ${expected}. Received ${show(value)}`;
  return withCode(new TypeError(text), 'ERR_INVALID_ARG_TYPE');
}

export function invalidArgValue(name: string, reason: string, value: unknown): TypeError {
  const text = `The "${name}" argument ${reason}. Received ${show(value)}`;
  return withCode(new TypeError(text), 'ERR_INVALID_ARG_VALUE');
}

export function outOfRange(name: string, range: string, value: unknown): RangeError {
  const text = `The value of "${name}" is out of range. It must be ${range}. Received ${String(value)}`;
  return withCode(new RangeError(text), 'ERR_OUT_OF_RANGE');
}
