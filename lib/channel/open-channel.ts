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
   * What the channel's header says about its bytes; both ends must agree. The calls of a `Channel`
   * move bytes whatever it is: with `'messages'` and `'objects'` they are frames (docs/protocol.md).
   * Default: `'bytes'`.
   */
  framing?: Framing | undefined;
}

/**
 * Opens one end of a channel, making the channel if it is not there. Never waits for the opposite
 * end. With `wait: true` it returns a promise that settles once the role is free.
 *
 * @throws TypeError, RangeError for bad arguments; SmipcError: `EBUSY` (with the holder's `pid`),
 *   `ENOENT`, `EEXIST`, `EACCES`, `ENOSPC`, `ENOMEM`, `EMFILE`, `ERR_SMIPC_DIRECTORY`, `ERR_SMIPC_INCOMPATIBLE`,
 *   `ERR_SMIPC_CORRUPT`, `ERR_SMIPC_ADDON`; AbortError
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
