/** The signals that ask a program to end. */
import { constants } from 'node:os';
import process from 'node:process';
import { kSignalBase } from '../grammar/exit-codes.js';

export const kEndingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type EndingSignal = (typeof kEndingSignals)[number];

/**
 * Does `work`. If a signal comes, `stop` first, then the process ends by that signal; a second one
 * ends it at once. What becomes of the work then is nobody's concern.
 */
export async function untilSignalled(
  stop: () => Promise<void>,
  work: () => Promise<number>,
): Promise<number> {
  let isStopping = false;
  let stopped: Promise<void> | undefined;
  const onSignal = (signal: EndingSignal): void => {
    if (isStopping) endBy(signal);
    isStopping = true;
    stopped = stop().then(
      () => endBy(signal),
      () => endBy(signal),
    );
  };
  for (const signal of kEndingSignals) process.on(signal, onSignal);
  try {
    return await work();
  } finally {
    await stopped;
    for (const signal of kEndingSignals) process.off(signal, onSignal);
  }
}

/**
 * Ends the process by a signal, so that a shell sees that it was interrupted, and ends its script.
 * No exit() of Node's, which would wait for a thread that opens a FIFO.
 */
export function endBy(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // The kernel has no default for the first process of a container.
  process.exit(kSignalBase + constants.signals[signal]);
}
