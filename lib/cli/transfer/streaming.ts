/** What `read`, `write` and `exec` have in common: how an end is opened, waited for, and left. */
import { performance } from 'node:perf_hooks';
import {
  type Channel,
  type ChannelReadStream,
  type ChannelWriteStream,
  openChannel,
  type ReadStreamOptions,
  SmipcError,
} from '../../index.js';
import type { Values } from '../grammar/command.js';
import { UsageError } from '../grammar/usage-error.js';
import { kMaxRecordBytes, type Records } from './records.js';

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
  const timeout = values.number('timeout');
  const resume = values.isSet('resume');
  return {
    dir: values.text('dir'),
    ...(capacity === undefined ? {} : { capacity }),
    wait: values.isSet('wait'),
    resume,
    // The next owner is waited for as long as the first one.
    ...(resume && timeout !== undefined ? { resumeTimeout: timeout } : {}),
    ...(records === 'json' ? { objectMode: true } : {}),
    ...(records === 'lines' || records === 'nul' ? { messages: true } : {}),
    ...(records === 'bytes' ? {} : { maxMessageSize: kMaxRecordBytes }),
  };
}

/** Waits until it is open; and for the peer, for as long as `--timeout` says. */
export async function awaitPeer(
  stream: ChannelReadStream | ChannelWriteStream,
  values: Values,
): Promise<void> {
  const timeout = values.number('timeout');
  if (timeout === undefined || isBegun(stream.channel)) await stream.opened();
  else await stream.waitForPeer({ timeout });
}

/** What writers have left behind is read before the next one is waited for. */
function isBegun(channel: Channel | null | undefined): boolean {
  return channel?.mode === 'r' && channel.status().used > 0;
}

/** Destroys it, and settles when its peer has been told. */
export function destroyed(stream: ChannelReadStream | ChannelWriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once('close', resolve).destroy();
  });
}

/** Settles when all of them are in the ring: until then their memory is the writer's. */
export async function put(writer: ChannelWriteStream, records: Iterable<unknown>): Promise<void> {
  let waiting = 0;
  let wake = (): void => {};
  const onWritten = (): void => {
    waiting--;
    if (waiting === 0) wake();
  };
  try {
    for (const record of records) {
      waiting++;
      writer.write(record, onWritten);
      if (writer.errored !== null) break;
    }
  } finally {
    // Also if there is no next one: those before it are sent.
    if (waiting > 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  if (writer.errored !== null) throw writer.errored;
}

/**
 * Opens the reader's end of a channel of bytes; and waits for the writer, for as long as `--timeout`
 * says. An abort of the signal ends either.
 */
export async function openReader(
  name: string,
  values: Values,
  signal: AbortSignal,
): Promise<Channel> {
  const timeout = values.number('timeout');
  const start = performance.now();
  const channel = await opened(name, values, signal, timeout);
  if (timeout === undefined || isBegun(channel)) return channel;
  try {
    // Unless it had to wait for the role, it is what was typed, and an error says so.
    const spent = values.isSet('wait') ? performance.now() - start : 0;
    await channel.waitForPeer({ timeout: Math.ceil(Math.max(0, timeout - spent)), signal });
    return channel;
  } catch (error) {
    await channel.close();
    throw error;
  }
}

async function opened(
  name: string,
  values: Values,
  signal: AbortSignal,
  timeout: number | undefined,
): Promise<Channel> {
  const limit = timeout === undefined ? [] : [AbortSignal.timeout(timeout)];
  const options = { ...channelOptions(values), signal: AbortSignal.any([signal, ...limit]) };
  try {
    return await openChannel(name, 'r', options);
  } catch (error) {
    if (signal.aborted || limit[0]?.aborted !== true) throw error;
    const text = `the role was not free within ${timeout} ms`;
    throw new SmipcError('ETIMEDOUT', text, { syscall: 'open', channel: name });
  }
}
