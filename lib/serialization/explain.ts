/** Why bytes cannot be deserialized: what wrote them, as far as the bytes show it. */
import { textOf, Unreadable, unreadable } from './refusals.js';

/** The first byte of what `node:v8` writes, other than in Bun. */
const kV8Format = 0xff;

/** The error to throw, given the one that decoding threw. */
export function explain(bytes: Uint8Array, cause: unknown): unknown {
  // Something that is no bytes is a mistake of the caller's, and the cause says so.
  if (cause instanceof Unreadable || !ArrayBuffer.isView(bytes)) return cause;
  // Too little memory, or too small a stack.
  const error = unreadable(`cannot be read: ${textOf(cause)}`);
  error.cause = cause;
  return error;
}

/** What there is to say of bytes that begin like no message. */
export function whatElse(bytes: Uint8Array): string {
  const [first] = bytes;
  if (first === undefined) return 'is empty';
  const hint = 'the writer uses another serializer';
  if (first === kV8Format) return `was written by node:v8: ${hint}`;
  if (isOfBun(bytes)) return `was written by the node:v8 of Bun: ${hint}`;
  const byte = `0x${first.toString(16).padStart(2, '0')}`;
  return `begins with the byte ${byte}: ${hint}, or a newer version of smipc`;
}

/** JavaScriptCore begins with the version of its format, in four bytes, and a tag. */
function isOfBun(bytes: Uint8Array): boolean {
  const [first, ...zeros] = bytes.subarray(0, 4);
  return bytes.length > 4 && (first as number) < 0x20 && zeros.every((byte) => byte === 0);
}
