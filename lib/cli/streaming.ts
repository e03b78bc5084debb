/** What `read` and `write` have in common: the options of the channel, and how signals end them. */
import process from 'node:process';
import type { ChannelReadStream, ChannelWriteStream, ReadStreamOptions } from '../index.js';
import type { Values } from './command.js';
import { kSignalBase } from './exit-codes.js';
import { UsageError } from './usage-error.js';

/** What travels: bytes as they come, or records. */
export type Records = 'bytes' | 'lines' | 'nul' | 'json';

export function recordsOf(values: Values): Records {
  const isMessages = values.isSet('messages');
  if (values.isSet('json')) {
    if (isMessages || values.isSet('null')) {
      throw new UsageError('--json goes with neither --messages nor --null');
    }
    return 'json';
  }
  if (values.isSet('null')) {
    if (!isMessages) throw new UsageError('--null needs --messages');
    return 'nul';
  }
  return isMessages ? 'lines' : 'bytes';
}

/** Options of the stream, as the command line has them. */
export function channelOptions(values: Values): ReadStreamOptions & { objectMode?: boolean } {
  const records = recordsOf(values);
  const capacity = values.number('capacity');
  return {
    dir: values.text('dir'),
    ...(capacity === undefined ? {} : { capacity }),
    wait: values.isSet('wait'),
    resume: values.isSet('resume'),
    objectMode: records === 'json',
    messages: records === 'lines' || records === 'nul',
  };
}

/** Waits for the other side, for as long as `--timeout` says, or, without it, not at all. */
export async function awaitPeer(
  stream: ChannelReadStream | ChannelWriteStream,
  values: Values,
): Promise<void> {
  const timeout = values.number('timeout');
  if (timeout !== undefined) await stream.waitForPeer({ timeout });
}

const kSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work`, and ends it by `stop` when a signal comes; a second one ends the process at once.
 * Returns the exit status: that of `work`, or 128 and the signal's number.
 */
export async function untilSignalled(
  stop: () => void,
  work: () => Promise<number>,
): Promise<number> {
  let signalled = 0;
  const onSignal = (_signal: NodeJS.Signals, number: number): void => {
    if (signalled !== 0) process.exit(kSignalBase + number);
    signalled = number;
    stop();
  };
  for (const signal of kSignals) process.on(signal, onSignal);
  try {
    const status = await work();
    return signalled === 0 ? status : kSignalBase + signalled;
  } catch (error) {
    // What was stopped fails, of course.
    if (signalled !== 0) return kSignalBase + signalled;
    throw error;
  } finally {
    for (const signal of kSignals) process.off(signal, onSignal);
  }
}
