/** What `read` and `write` have in common: the options of the channel, and the wait for the peer. */
import type { ChannelReadStream, ChannelWriteStream, ReadStreamOptions } from '../../index.js';
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
  if (timeout === undefined || isBegun(stream)) await stream.opened();
  else await stream.waitForPeer({ timeout });
}

/** What writers have left behind is read before the next one is waited for. */
function isBegun({ channel }: ChannelReadStream | ChannelWriteStream): boolean {
  return channel?.mode === 'r' && channel.status().used > 0;
}

/** Destroys it, and settles when its peer has been told. */
export function destroyed(stream: ChannelReadStream | ChannelWriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once('close', resolve).destroy();
  });
}
