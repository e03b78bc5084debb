/**
 * Messages in a byte ring: each is its length in four bytes, little endian, and its bytes. Framing
 * is done here and the native core knows nothing of it; docs/protocol.md has the format.
 */
import { Buffer } from 'node:buffer';
import { checkBoolean, checkInteger, checkObject, invalidArgType } from '../errors/arguments.js';
import { SmipcError } from '../errors/errors.js';
import { failure, Status } from '../failures/failures.js';
import { isBytes, isGone } from '../memory/bytes.js';
import type { Framing } from '../options/options.js';
import {
  type Serializer,
  sharingSerializer,
  structuredCloneSerializer,
} from '../serialization/serializer.js';

/** Options of streams that carry messages instead of bytes. */
export interface MessageOptions {
  /** One write is one read: values, as `serializer` turns them into bytes. Default: false. */
  objectMode?: boolean | undefined;
  /** One write is one read: raw bytes. Default: false. */
  messages?: boolean | undefined;
  /**
   * For `objectMode`; both ends must agree. Default: `structuredCloneSerializer`.
   */
  serializer?: Serializer | undefined;
  /**
   * The largest message in bytes, after serializing. Writing a larger one fails with
   * `ERR_SMIPC_MESSAGE_TOO_LARGE` before any of it is written. Default: 64 MiB.
   */
  maxMessageSize?: number | undefined;
}

/** Checked options. */
export interface MessageSettings {
  framing: Framing;
  serializer: Serializer;
  maxMessageSize: number;
  /**
   * Whether a message that is read needs no memory of its own: the default serializer copies all that
   * it reads. One of the user's may keep views.
   */
  lends: boolean;
}

/** The bytes before each message that tell its length. */
export const kLengthBytes = 4;
const kDefaultMaxMessageSize = 64 * 1024 * 1024;
const kLargestMessageSize = 2 ** 32 - 1;
/** Up to this size a message is copied behind its length, so that both go in one native call. */
const kMostJoined = 16 * 1024;

export function readMessageOptions(options: MessageOptions): MessageSettings {
  checkObject('options', options);
  const { objectMode = false, messages = false, serializer = structuredCloneSerializer } = options;
  const { maxMessageSize = kDefaultMaxMessageSize } = options;
  checkBoolean('options.objectMode', objectMode);
  checkBoolean('options.messages', messages);
  if (typeof serializer?.serialize !== 'function' || typeof serializer.deserialize !== 'function') {
    const expected = 'an object with the functions serialize and deserialize';
    throw invalidArgType('options.serializer', expected, serializer);
  }
  checkInteger('options.maxMessageSize', maxMessageSize, 0, kLargestMessageSize);
  const framing = objectMode ? 'objects' : messages ? 'messages' : 'bytes';
  const isDefault = serializer === structuredCloneSerializer;
  return {
    framing,
    serializer: isDefault ? sharingSerializer : serializer,
    maxMessageSize,
    lends: objectMode && isDefault,
  };
}

export function tooLarge(
  channel: string,
  syscall: 'read' | 'write',
  size: number,
  limit: number,
): Error {
  const text = `a message of ${size} bytes is larger than \`maxMessageSize\`, ${limit} bytes`;
  return new SmipcError('ERR_SMIPC_MESSAGE_TOO_LARGE', text, { syscall, channel });
}

/** The length that stands before a message; `offset`: where, and there are kLengthBytes. */
export function lengthAt(bytes: Uint8Array, offset: number): number {
  // As Buffer.readUInt32LE, without its checks, and also of what is no Buffer.
  const byte = (i: number): number => bytes[offset + i] as number;
  return (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)) >>> 0;
}

function largerThanRing(channel: string, size: number, capacity: number): Error {
  const limit = `a resumable channel of ${capacity} bytes takes up to ${capacity - kLengthBytes} a message`;
  const text = `a message of ${size} bytes does not fit in the ring: ${limit}; use a larger \`capacity\``;
  return new SmipcError('ERR_SMIPC_MESSAGE_TOO_LARGE', text, { syscall: 'write', channel });
}

/**
 * Checks what the serializer made, or was written.
 * @param largestFrame of a resumable channel: its capacity. There a message must fit in the ring.
 */
export function checkMessage(
  channel: string,
  message: unknown,
  maxMessageSize: number,
  largestFrame: number | undefined,
): Uint8Array {
  if (!isBytes(message)) {
    throw invalidArgType('serializer.serialize(value)', 'an instance of Uint8Array', message);
  }
  if (isGone(message)) throw failure(Status.Detached, { syscall: 'write', channel });
  const size = message.length;
  if (size > maxMessageSize) throw tooLarge(channel, 'write', size, maxMessageSize);
  if (largestFrame !== undefined && size > largestFrame - kLengthBytes) {
    throw largerThanRing(channel, size, largestFrame);
  }
  return message;
}

/**
 * What goes into the ring for one message: one piece, or two if it is large.
 * @param isWhole of a resumable channel: one piece in any case
 */
export function frame(message: Uint8Array, isWhole: boolean): Uint8Array[] {
  const size = message.length;
  const isJoined = isWhole || size <= kMostJoined;
  const head = Buffer.allocUnsafe(kLengthBytes + (isJoined ? size : 0));
  head.writeUInt32LE(size);
  if (!isJoined) return [head, message];
  head.set(message, kLengthBytes);
  return [head];
}

/**
 * The same in memory that the next message is put in, too: for a message that goes into the ring, or is
 * copied, before anything else happens in this environment. The number of bytes; 0: it is too large.
 */
export function stage(message: Uint8Array): number {
  const size = message.length;
  if (size > kMostJoined) return 0;
  staged.writeUInt32LE(size);
  staged.set(message, kLengthBytes);
  return kLengthBytes + size;
}

/** What stage() has put there. */
export const staged = Buffer.allocUnsafeSlow(kLengthBytes + kMostJoined);
