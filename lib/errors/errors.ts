/** The errors that a program may want to handle. It branches on `code`, never on the text. */

/** How the opposite end left. */
export type PeerExit = 'ended' | 'aborted' | 'died' | 'closed';

/** What failed, as in Node's own system errors. */
export type Syscall = 'open' | 'read' | 'write' | 'wait' | 'inspect' | 'remove';

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
 * Of the peer: `EPIPE`, `ECONNRESET`. Of roles and names: `EBUSY` (held, or an ended stream waits for its
 * reader), `ENOENT` (no such channel), `EEXIST`. Of the directory: `ERR_SMIPC_DIRECTORY` (it cannot hold
 * channels, or one above it is missing), `EACCES` (it is not this user's, or open to others; or a file
 * mode), `ENOTDIR`, `ELOOP`, `EROFS`, `EPERM`, `ENAMETOOLONG`. Of limits: `ENOSPC` (memory or inodes),
 * `ENOMEM` (of a container or the machine, address space or mappings), `EMFILE`, `ENFILE`, `EAGAIN` (threads), `EFBIG`, `EDQUOT`, and
 * whatever else the operating system reports. Of waiting: `ETIMEDOUT`. Of misuse: `EBADF` (closed on this
 * side, or open for the other direction), `ERR_STREAM_WRITE_AFTER_END`, `ERR_INVALID_STATE` (another call
 * waits, or memory of the caller's is gone). Of what is there: `ERR_SMIPC_INCOMPATIBLE`,
 * `ERR_SMIPC_CORRUPT`, `ERR_SMIPC_MESSAGE_TOO_LARGE`. And `ERR_SMIPC_ADDON`: the native addon cannot be
 * loaded. The README has the table of causes, and of what to do.
 */
export class SmipcError extends Error {
  /** Stable within a major version. */
  readonly code: string;
  readonly syscall: Syscall;
  /** The channel's name. */
  declare readonly channel?: string;
  /** The negated system error number, where the operating system gave one. */
  declare readonly errno?: number;
  /** `EPIPE` and `ECONNRESET`: how the opposite end left. */
  declare readonly peer?: PeerExit;
  /** `EBUSY`: the process that holds the role, as its own PID namespace counts. */
  declare readonly pid?: number;

  constructor(code: string, text: string, fields: SmipcErrorFields) {
    const where = fields.channel === undefined ? '' : ` '${fields.channel}'`;
    super(
      `${code}: ${text}, ${fields.syscall}${where}`,
      fields.cause === undefined ? undefined : { cause: fields.cause },
    );
    this.code = code;
    this.syscall = fields.syscall;
    for (const name of ['channel', 'errno', 'peer', 'pid'] as const) {
      // A field that says nothing would only be noise where errors are printed.
      if (fields[name] !== undefined) Object.assign(this, { [name]: fields[name] });
    }
  }

  /** Recognises errors of every copy of smipc in a process, not just of this one. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && kBrand in value;
  }
}
Object.defineProperty(SmipcError.prototype, 'name', { value: 'SmipcError', configurable: true });
Object.defineProperty(SmipcError.prototype, kBrand, { value: true });

/** The error of a wait that took longer than its `timeout`. */
export function timeoutError(timeoutMs: number, fields: SmipcErrorFields): SmipcError {
  return new SmipcError('ETIMEDOUT', `timed out after ${timeoutMs} ms`, fields);
}

/** Rejections of an aborted wait, as Node's own: name `AbortError`, code `ABORT_ERR`. */
export class AbortError extends Error {
  readonly code = 'ABORT_ERR';

  constructor(signal: AbortSignal) {
    super('The operation was aborted', { cause: signal.reason });
  }
}
Object.defineProperty(AbortError.prototype, 'name', { value: 'AbortError', configurable: true });
