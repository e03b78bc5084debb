/** Why bytes cannot be deserialized: what wrote them, as far as the bytes show it. */
import { serialize } from 'node:v8';
import { kFullFormat, kPlainFormat } from './plain-format.js';
import { Unreadable, unreadable } from './refusals.js';
import { kV8Format, kV8Version, Met, walk } from './v8-format.js';

/** The error to throw, given the one that decoding threw. */
export function explain(bytes: Uint8Array, cause: unknown): unknown {
  // Something that is no bytes is a mistake of the caller's, and the cause says so.
  if (cause instanceof Unreadable || !ArrayBuffer.isView(bytes)) return cause;
  const error = unreadable(what(bytes, cause));
  error.cause = cause;
  return error;
}

function what(bytes: Uint8Array, cause: unknown): string {
  const [first] = bytes;
  if (first === kV8Format) return whatOfV8(bytes, cause);
  // Too little memory, or too small a stack.
  if (first === kPlainFormat || first === kFullFormat) return `cannot be read: ${textOf(cause)}`;
  return whatElse(bytes);
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function whatOfV8(bytes: Uint8Array, cause: unknown): string {
  if (!readsV8()) return 'was written by node:v8, whose format this runtime does not read';
  const version = bytes[1];
  if (version !== undefined && version > kV8Version) {
    return `was written by a newer node:v8, in version ${version} of its format (known: up to ${kV8Version})`;
  }
  const { met } = walk(bytes);
  if (met === Met.Cut)
    return 'was written by node:v8, and is cut short: bytes are missing at its end';
  if (met === Met.Error) {
    const hint = "smipc's structuredCloneSerializer writes Errors that every version reads";
    return `holds an Error in a form that only some versions of node:v8 read (${hint})`;
  }
  if (met === Met.Unknown) {
    return 'begins like a message of node:v8, but is damaged, or from a newer version of it';
  }
  return `was written by node:v8, and this version of it cannot read it: ${textOf(cause)}`;
}

/** Bun has a format of its own. */
function readsV8(): boolean {
  return serialize(0)[0] === kV8Format;
}

function whatElse(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'is empty';
  if (isOfBun(bytes)) return 'was written by the node:v8 of Bun, whose format only Bun reads';
  const hint = 'the writer uses another serializer, or a newer version of smipc';
  return `begins with the byte 0x${(bytes[0] as number).toString(16).padStart(2, '0')}: ${hint}`;
}

/** JavaScriptCore begins with the version of its format, in four bytes, and a tag. */
function isOfBun(bytes: Uint8Array): boolean {
  const [first, ...zeros] = bytes.subarray(0, 4);
  return bytes.length > 4 && (first as number) < 0x20 && zeros.every((byte) => byte === 0);
}
