/** Options of a socket: their defaults and checks. */
import { checkBoolean, checkObject, checkSignal, invalidArgType } from '../errors/arguments.js';
import {
  type MessageOptions,
  type MessageSettings,
  readMessageOptions,
} from '../messages/messages.js';
import type { Framing } from '../options/options.js';
import { type OnReadOptions, readOnReadOptions } from '../sources/buffer-source.js';

/**
 * Options of a `Socket`, and of those that a `Server` accepts. With `messages` or `objectMode`, which
 * both sides need, each write is one read.
 */
export interface SocketOptions extends MessageOptions {
  /**
   * Leave the writing side open when the peer has ended its own. Default: false, so that a socket
   * ends when its peer does.
   */
  allowHalfOpen?: boolean | undefined;
  /**
   * How much is read ahead, and how much may queue until `write()` returns false: in bytes (default:
   * 64 KiB), or, with `messages` and `objectMode`, in messages (default: 16).
   */
  highWaterMark?: number | undefined;
  /** A client reads into one buffer again and again, and calls a callback, instead of emitting `'data'`. */
  onread?: OnReadOptions | undefined;
  /** Destroys the socket with an `AbortError` when it is aborted. */
  signal?: AbortSignal | undefined;
  /**
   * What `remoteAddress` says: for programs that do not expect it to be undefined, as it is for a
   * Unix socket. Default: undefined.
   */
  remoteAddress?: string | undefined;
}

/** Checked options. */
export interface SocketSettings {
  readonly framing: Framing;
  readonly messages: MessageSettings;
  readonly allowHalfOpen: boolean;
  readonly pauseOnConnect: boolean;
  readonly readableHighWaterMark: number;
  readonly writableHighWaterMark: number;
  readonly onread: OnReadOptions | undefined;
  readonly signal: AbortSignal | undefined;
  readonly remoteAddress: string | undefined;
}

const kHighWaterMark = 64 * 1024;
const kHighWaterMarkMessages = 16;

export function readSocketSettings(options: SocketOptions): SocketSettings {
  checkObject('options', options);
  const messages = readMessageOptions(options);
  const { allowHalfOpen = false, signal, remoteAddress, highWaterMark } = options;
  const { pauseOnConnect = false } = options as { pauseOnConnect?: boolean };
  checkBoolean('options.allowHalfOpen', allowHalfOpen);
  checkBoolean('options.pauseOnConnect', pauseOnConnect);
  if (remoteAddress !== undefined && typeof remoteAddress !== 'string') {
    throw invalidArgType('options.remoteAddress', 'a string', remoteAddress);
  }
  const isBytes = messages.framing === 'bytes';
  return {
    framing: messages.framing,
    messages,
    allowHalfOpen,
    pauseOnConnect,
    readableHighWaterMark: highWaterMark ?? (isBytes ? kHighWaterMark : kHighWaterMarkMessages),
    writableHighWaterMark:
      highWaterMark ?? (messages.framing === 'objects' ? kHighWaterMarkMessages : kHighWaterMark),
    onread: readOnReadOptions(options.onread, isBytes),
    signal: signal === undefined ? undefined : checkSignal('options.signal', signal),
    remoteAddress,
  };
}
