/** `openChannel()`: the level under the streams. */

import { openBlocking, openWhenFree } from '../endpoint/opening.js';
import { checkObject, invalidArgValue } from '../errors/arguments.js';
import {
  type ChannelMode,
  type ChannelOptions,
  type ChannelSettings,
  type Framing,
  readChannelOptions,
} from '../options/options.js';
import { Channel } from './channel.js';

/** Options of `openChannel`. */
export interface OpenChannelOptions extends ChannelOptions {
  /**
   * What the channel's header says about its bytes; both ends must agree. A `Channel` always moves
   * plain bytes: with `'messages'` and `'objects'`, the caller reads and writes the frames itself,
   * as docs/protocol.md describes. Default: `'bytes'`.
   */
  framing?: Framing | undefined;
}

/**
 * Opens one end of a channel, and creates the channel if it does not exist. Never waits for the
 * peer. With `wait: true` it returns a promise of the channel, which settles once the role is free.
 * Without, it may block while the process of the role's last owner is exiting, for 2 s at most.
 *
 * @throws TypeError, RangeError for bad arguments; SmipcError: `EBUSY` (with the holder's `pid`),
 *   `ENOENT`, `EEXIST`, `EACCES`, `ENOSPC`, `ENOMEM`, `EMFILE`, `ERR_SMIPC_DIRECTORY`,
 *   `ERR_SMIPC_INCOMPATIBLE`, `ERR_SMIPC_CORRUPT`, `ERR_SMIPC_ADDON`, and other errors of the
 *   operating system; AbortError if `signal` is aborted
 */
export function openChannel(
  name: string,
  mode: ChannelMode,
  options: OpenChannelOptions & { wait: true },
): Promise<Channel>;
export function openChannel(
  name: string,
  mode: ChannelMode,
  options?: OpenChannelOptions & { wait?: false | undefined },
): Channel;
export function openChannel(
  name: string,
  mode: ChannelMode,
  options?: OpenChannelOptions,
): Channel | Promise<Channel>;
export function openChannel(
  name: string,
  mode: ChannelMode,
  options: OpenChannelOptions = {},
): Channel | Promise<Channel> {
  checkObject('options', options);
  const settings = readChannelOptions(name, mode, options, options.framing ?? 'bytes');
  if (settings.resume && settings.framing !== 'bytes') {
    const reason = "needs framing: 'bytes'; only streams resume channels of messages or objects";
    throw invalidArgValue('options.resume', reason, true);
  }
  if (settings.wait) return openLater(settings);
  return Channel.of(openBlocking(settings));
}

async function openLater(settings: ChannelSettings): Promise<Channel> {
  return Channel.of(await openWhenFree(settings, { signal: settings.signal }));
}
