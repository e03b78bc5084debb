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
