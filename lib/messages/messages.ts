/**
 * Messages in a byte ring: each is its length in four bytes, little endian, and its bytes. Framing
 * is done here and the native core knows nothing of it; docs/protocol.md has the format.
 */
import { Buffer } from 'node:buffer';
import { Status } from '../environment/contract.js';
import {
  checkBoolean,
  checkInteger,
  checkObject,
  invalidArgType,
  invalidArgValue,
} from '../errors/arguments.js';
import { SmipcError } from '../errors/errors.js';
import { failure } from '../failures/failures.js';
import { isBytes, isGone } from '../memory/bytes.js';
import type { Framing } from '../options/options.js';
import {
  type Serializer,
  sharingSerializer,
  structuredCloneSerializer,
} from '../serialization/serializer.js';

/** Options of streams that carry messages instead of a byte stream. */
export interface MessageOptions {
  /**
   * Each value that is written is read as one value; `serializer` turns it into bytes and back.
   * Default: false.
   */
  objectMode?: boolean | undefined;
  /**
   * Each chunk of bytes that is written is read as one chunk, as a message. Not together with
   * `objectMode`. Default: false.
   */
  messages?: boolean | undefined;
  /**
   * With `objectMode`: turns values into bytes and back. Both ends must use the same one.
   * Default: `structuredCloneSerializer`.
   */
  serializer?: Serializer | undefined;
  /**
   * The largest message in bytes, after serializing: 0 to 2^32 - 1. Writing a larger one fails with
   * `ERR_SMIPC_MESSAGE_TOO_LARGE` before any of it is written, and so does reading one.
   * Default: 64 MiB.
   */
  maxMessageSize?: number | undefined;
}

/** Checked options. */
export interface MessageSettings {
  framing: Framing;
  serializer: Serializer;
  maxMessageSize: number;
  /**
   * Whether a message can be given to the serializer in memory that is used again. The default one
   * copies all that it reads; a serializer of the user's may keep views of the message.
   */
  lends: boolean;
}

/** The size of the length before each message. */
export const kLengthBytes = 4;
const kDefaultMaxMessageSize = 64 * 1024 * 1024;
const kLargestMessageSize = 2 ** 32 - 1;
/** Up to this size a message is copied after its length, so that both go in one native call. */
const kLargestOnePiece = 16 * 1024;

export function readMessageOptions(options: MessageOptions): MessageSettings {
  checkObject('options', options);
  const { objectMode = false, messages = false, serializer = structuredCloneSerializer } = options;
  const { maxMessageSize = kDefaultMaxMessageSize } = options;
  checkBoolean('options.objectMode', objectMode);
  checkBoolean('options.messages', messages);
  if (objectMode && messages) {
    // Each selects a framing, and a channel has one.
    throw invalidArgValue('options.messages', 'cannot be true with objectMode: true', messages);
  }
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

/** Reads the length of a message: the kLengthBytes at `offset`, which must be there. */
export function lengthAt(bytes: Uint8Array, offset: number): number {
  // Buffer.readUInt32LE without its checks, and for any Uint8Array.
  const byte = (i: number): number => bytes[offset + i] as number;
  return (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)) >>> 0;
}

function largerThanRing(channel: string, size: number, capacity: number): Error {
  const limit = `a resumable channel of ${capacity} bytes takes up to ${capacity - kLengthBytes} a message`;
  const text = `a message of ${size} bytes does not fit in the ring: ${limit}; use a larger \`capacity\``;
  return new SmipcError('ERR_SMIPC_MESSAGE_TOO_LARGE', text, { syscall: 'write', channel });
}

/**
 * Checks a message that the serializer returned, or that was written.
 * @param largestFrame in a resumable channel, its capacity, since a message and its length must fit
 *   in the ring; otherwise undefined
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
 * A message with its length before it, as it goes into the ring: one piece, or two if it is large.
 * @param isWhole always one piece, as a resumable channel needs
 */
export function frame(message: Uint8Array, isWhole: boolean): Uint8Array[] {
  const size = message.length;
  const isJoined = isWhole || size <= kLargestOnePiece;
  const head = Buffer.allocUnsafe(kLengthBytes + (isJoined ? size : 0));
  head.writeUInt32LE(size);
  if (!isJoined) return [head, message];
  head.set(message, kLengthBytes);
  return [head];
}

/**
 * Memory for one small message at a time, with its length before it: the next one is written over
 * it. So it goes into the ring, or is copied, before anything else happens in this environment.
 */
export class FrameBuffer {
  readonly bytes = Buffer.allocUnsafeSlow(kLengthBytes + kLargestOnePiece);

  /** Puts a message there; how many bytes that are with its length. 0: it is too large. */
  put(message: Uint8Array): number {
    const size = message.length;
    if (size > kLargestOnePiece) return 0;
    this.bytes.writeUInt32LE(size);
    this.bytes.set(message, kLengthBytes);
    return kLengthBytes + size;
  }
}

/**
 * The value that a message stands for.
 * @throws SmipcError `ERR_SMIPC_CORRUPT` with the serializer's error as its cause
 */
export function deserializeMessage(
  channel: string,
  serializer: Serializer,
  message: Uint8Array,
): unknown {
  let cause: unknown;
  try {
    const value = serializer.deserialize(message);
    if (value !== null) return value;
    cause = new TypeError(
      'The serializer returned null, which Node takes for the end of the stream',
    );
  } catch (error) {
    cause = error;
  }
  // What was thrown may be an Error of another realm.
  const said = (cause as Partial<Error> | undefined | null)?.message;
  const why = typeof said === 'string' ? `: ${said}` : '';
  const fields = { syscall: 'read' as const, channel, cause };
  throw new SmipcError('ERR_SMIPC_CORRUPT', `a message cannot be deserialized${why}`, fields);
}
