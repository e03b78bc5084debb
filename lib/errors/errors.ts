/** The errors that a program may want to handle, by their `code`, never by their text. */

/**
 * How the peer left. A writer `'ended'` (called `end()`), `'aborted'` (left without it) or
 * `'died'`; a reader `'closed'` or `'died'`.
 */
export type PeerExit = 'ended' | 'aborted' | 'died' | 'closed';

/** The operation that failed, named as in Node's own system errors. */
export type Syscall =
  | 'open'
  | 'read'
  | 'write'
  | 'wait'
  | 'inspect'
  | 'remove'
  | 'connect'
  | 'listen'
  | 'accept';

export interface SmipcErrorFields {
  syscall: Syscall;
  channel?: string | undefined;
  /** Only for the text of an error that is of no channel: where the channels are. */
  directory?: string | undefined;
  errno?: number | undefined;
  peer?: PeerExit | undefined;
  pid?: number | undefined;
  cause?: unknown;
}

const kBrand = Symbol.for('smipc.error');

/**
 * A failure that a program may want to handle. It looks like Node's system errors.
 *
 * - The peer left: `EPIPE`, `ECONNRESET`.
 * - Roles and names: `EBUSY` (the role is held, or an ended stream is not read yet), `ENOENT` (no
 *   such channel), `EEXIST`.
 * - The directory: `ERR_SMIPC_DIRECTORY` (it cannot hold channels, or one above it is missing),
 *   `EACCES` (it belongs to another user, other users may write in it, or a file mode denies
 *   access), `ENOTDIR`, `ELOOP`, `EROFS`, `EPERM`, `ENAMETOOLONG`.
 * - Limits: `ENOSPC` (memory or inodes), `ENOMEM` (memory, address space or mappings), `EMFILE`,
 *   `ENFILE`, `EAGAIN` (threads), `EFBIG`, `EDQUOT`, `ETIMEDOUT` (a time limit).
 * - Misuse: `EBADF` (this end is closed, or open for the other direction),
 *   `ERR_STREAM_WRITE_AFTER_END`, `ERR_INVALID_STATE` (another call is waiting, or a buffer's
 *   memory was transferred away).
 * - The channel's content: `ERR_SMIPC_INCOMPATIBLE`, `ERR_SMIPC_CORRUPT`,
 *   `ERR_SMIPC_MESSAGE_TOO_LARGE`.
 * - The native addon cannot be loaded: `ERR_SMIPC_ADDON`.
 *
 * Other errors of the operating system come with its own codes. When each comes, and what to do
 * about it, is in docs/errors.md of smipc's repository.
 */
export class SmipcError extends Error {
  /** What failed, for programs: stable within a major version. */
  readonly code: string;
  /** The operation that failed. */
  readonly syscall: Syscall;
  /** The channel's name. */
  declare readonly channel?: string;
  /** The negated system error number, where the operating system gave one. */
  declare readonly errno?: number;
  /** With `EPIPE` and `ECONNRESET`: how the peer left. */
  declare readonly peer?: PeerExit;
  /**
   * The id of a process, as its own PID namespace counts: with `EBUSY`, the one that holds the role;
   * with `ERR_SMIPC_INCOMPATIBLE`, one that has the channel open; with `EPIPE` and `ECONNRESET`, the
   * peer that left.
   */
  declare readonly pid?: number;

  constructor(code: string, text: string, fields: SmipcErrorFields) {
    super(
      `${code}: ${text}, ${fields.syscall}${objectOf(fields)}`,
      fields.cause === undefined ? undefined : { cause: fields.cause },
    );
    this.code = code;
    this.syscall = fields.syscall;
    for (const name of ['channel', 'errno', 'peer', 'pid'] as const) {
      // A field that says nothing would only be noise where errors are printed. No process has the id
      // 0: it stands for one that is not known.
      const isKnown = fields[name] !== undefined && !(name === 'pid' && fields[name] === 0);
      if (isKnown) Object.assign(this, { [name]: fields[name] });
    }
  }

  /** `instanceof` recognises errors of every copy of smipc in the process, not just of this one. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && kBrand in value;
  }
}
Object.defineProperty(SmipcError.prototype, 'name', { value: 'SmipcError', configurable: true });
Object.defineProperty(SmipcError.prototype, kBrand, { value: true });

/** What the operation was about. */
function objectOf({ channel, directory }: SmipcErrorFields): string {
  if (channel !== undefined) return ` '${channel}'`;
  return directory === undefined ? '' : ` in ${directory}`;
}

/**
 * What a stream emits as `'error'`: a `SmipcError`, whose fields can be read without asking for its
 * class; one of Node's own; an `AbortError`; what a serializer threw; or what `destroy()` was given.
 */
export interface StreamError extends NodeJS.ErrnoException {
  /** Of a `SmipcError`: the channel's name. */
  readonly channel?: string | undefined;
  /** Of a `SmipcError` with `EPIPE` or `ECONNRESET`: how the peer left. */
  readonly peer?: PeerExit | undefined;
  /**
   * Of a `SmipcError`: with `EPIPE` or `ECONNRESET` the id of the peer's process, with `EBUSY` or
   * `ERR_SMIPC_INCOMPATIBLE` of the one in the way.
   */
  readonly pid?: number | undefined;
}

/** Rejections of an aborted wait, as Node's own: name `AbortError`, code `ABORT_ERR`. */
export class AbortError extends Error {
  readonly code = 'ABORT_ERR';

  constructor(signal: AbortSignal) {
    super('The operation was aborted', { cause: signal.reason });
  }
}
Object.defineProperty(AbortError.prototype, 'name', { value: 'AbortError', configurable: true });
