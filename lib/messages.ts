/**
 * Messages in a byte ring: each is its length in four bytes, little endian, and its bytes. Framing
 * is done here and the native core knows nothing of it; docs/protocol.md has the format.
 */
import { deserialize, serialize } from 'node:v8';
import { checkBoolean, checkInteger, checkObject, invalidArgType } from './arguments.js';
import { SmipcError } from './errors.js';
import type { Framing } from './options.js';

/** Turns values into bytes and back. */
export interface Serializer {
  serialize(value: unknown): Uint8Array;
  deserialize(bytes: Uint8Array): unknown;
}

/** Options of streams that carry messages instead of bytes. */
export interface MessageOptions {
  /** One write is one read: values, as `serializer` turns them into bytes. Default: false. */
  objectMode?: boolean | undefined;
  /** One write is one read: raw bytes. Default: false. */
  messages?: boolean | undefined;
  /**
   * For `objectMode`; both ends must agree. Default: the structured clone algorithm as `node:v8`
   * writes it.
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
}

/** The bytes before each message that tell its length. */
export const kLengthBytes = 4;
const kDefaultMaxMessageSize = 64 * 1024 * 1024;
const kLargestMessageSize = 2 ** 32 - 1;
/** Up to this size a message is copied behind its length, so that both go in one native call. */
const kMostJoined = 16 * 1024;

const kStructuredClone: Serializer = { serialize, deserialize };

export function readMessageOptions(options: MessageOptions): MessageSettings {
  checkObject('options', options);
  const { objectMode = false, messages = false, serializer = kStructuredClone } = options;
  const { maxMessageSize = kDefaultMaxMessageSize } = options;
  checkBoolean('options.objectMode', objectMode);
  checkBoolean('options.messages', messages);
  if (typeof serializer?.serialize !== 'function' || typeof serializer.deserialize !== 'function') {
    const expected = 'an object with the functions serialize and deserialize';
    throw invalidArgType('options.serializer', expected, serializer);
  }
  checkInteger('options.maxMessageSize', maxMessageSize, 0, kLargestMessageSize);
  const framing = objectMode ? 'objects' : messages ? 'messages' : 'bytes';
  return { framing, serializer, maxMessageSize };
}

export function tooLarge(
  channel: string,
  syscall: 'read' | 'write',
  size: number,
  limit: number,
): Error {
  const text = `a message of ${size} bytes is larger than maxMessageSize (${limit})`;
  return new SmipcError('ERR_SMIPC_MESSAGE_TOO_LARGE', text, { syscall, channel });
}

/** The length that stands before a message; `offset`: where. */
export function lengthAt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + offset).getUint32(0, true);
}

function largerThanRing(channel: string, size: number, capacity: number): Error {
  const limit = `a resumable channel of ${capacity} bytes takes up to ${capacity - kLengthBytes}`;
  const text = `a message of ${size} bytes does not fit in the ring (${limit})`;
  return new SmipcError('ERR_SMIPC_MESSAGE_TOO_LARGE', text, { syscall: 'write', channel });
}

/**
 * What goes into the ring for one message: one piece, or two if it is large.
 * @param wholeIn of a resumable channel: its capacity. There a message is one piece, and must fit.
 */
export function frame(
  channel: string,
  message: unknown,
  maxMessageSize: number,
  wholeIn?: number,
): Uint8Array[] {
  if (!(message instanceof Uint8Array)) {
    throw invalidArgType('serializer.serialize(value)', 'an instance of Uint8Array', message);
  }
  const size = message.length;
  if (size > maxMessageSize) throw tooLarge(channel, 'write', size, maxMessageSize);
  const isWhole = wholeIn !== undefined;
  if (isWhole && size > wholeIn - kLengthBytes) throw largerThanRing(channel, size, wholeIn);
  const isJoined = isWhole || size <= kMostJoined;
  const head = Buffer.allocUnsafe(kLengthBytes + (isJoined ? size : 0));
  head.writeUInt32LE(size);
  if (!isJoined) return [head, message];
  head.set(message, kLengthBytes);
  return [head];
}
