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
 * Codes: `EPIPE`, `ECONNRESET`, `EBUSY`, `ENOENT`, `EEXIST`, `EACCES`, `ENOSPC`, `ETIMEDOUT`, `EBADF`
 * (closed on this side) and whatever else the operating system reports; `ERR_INVALID_STATE`,
 * `ERR_STREAM_WRITE_AFTER_END`; `ERR_SMIPC_CORRUPT`, `ERR_SMIPC_INCOMPATIBLE`,
 * `ERR_SMIPC_MESSAGE_TOO_LARGE`, `ERR_SMIPC_DIRECTORY`, `ERR_SMIPC_ADDON`. The README has the table
 * of what each means.
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
