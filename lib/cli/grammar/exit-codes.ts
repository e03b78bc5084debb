import { UsageError } from './usage-error.js';

/** What the program's exit status says. Stable: scripts depend on it. docs/command-line.md. */
export const ExitCode = {
  Done: 0,
  /** It failed, or the writer did not end its stream. */
  Failed: 1,
  /** The command line is wrong; nothing was done. */
  Usage: 2,
  /** There is no such channel. */
  NoChannel: 3,
  /** Another process holds the role. */
  Busy: 4,
  /** `--timeout` is over, as with timeout(1). */
  TimedOut: 124,
  /** The reader of stdout has gone, as with a program that SIGPIPE ended. */
  OutputClosed: 141,
} as const;

/** 128 and the number of the signal, as shells count. */
export const kSignalBase = 128;

/** What the library refuses as arguments was written on the command line. */
const kUsageCodes = ['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_VALUE', 'ERR_OUT_OF_RANGE'];

const kStatusByCode: Readonly<Record<string, number>> = {
  ENOENT: ExitCode.NoChannel,
  EBUSY: ExitCode.Busy,
  ETIMEDOUT: ExitCode.TimedOut,
};

/** The exit status that says what went wrong. */
export function statusOf(error: unknown): number {
  if (error instanceof UsageError) return ExitCode.Usage;
  const { code = '', channel } = error as NodeJS.ErrnoException & { channel?: string };
  if (kUsageCodes.includes(code)) return ExitCode.Usage;
  // A file that is missing or busy has the same codes: only smipc's errors name a channel.
  return channel === undefined ? ExitCode.Failed : (kStatusByCode[code] ?? ExitCode.Failed);
}
