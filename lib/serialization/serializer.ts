/** How objects become messages. */
import { serialize } from 'node:v8';
import { explain } from './explain.js';
import { FullEncoder, notCloneable } from './full-encoder.js';
import { PlainDecoder } from './plain-decoder.js';
import { PlainEncoder } from './plain-encoder.js';
import { kFullFormat, kPlainFormat } from './plain-format.js';
import { areReallyEmpty, holdsSpecial } from './special-objects.js';
import { kV8Format, Met, readV8, walk } from './v8-format.js';
import { ownBuffer } from './views.js';

/** Turns values into bytes and back. */
export interface Serializer {
  serialize(value: unknown): Uint8Array;
  deserialize(bytes: Uint8Array): unknown;
}

/** Up to so many bytes a value is looked through, as that costs less than writing it has. */
const kMostSearched = 16 * 1024;

const encoder = new PlainEncoder();
const decoder = new PlainDecoder();

/**
 * For what is not small and plain. `node:v8` writes it, unless another version would not read that as the
 * same value. What it has written shows most of that, at a fraction of the cost of looking through the
 * value: Errors, and objects without properties, which may be more than they look.
 */
function encodeOther(value: unknown): Uint8Array {
  if (encoder.hasMetSpecial) return encodeFully(value);
  const message = serialize(value);
  return isAlike(message, value) ? message : encodeFully(value);
}

function isAlike(message: Uint8Array, value: unknown): boolean {
  const { met, empties } = walk(message);
  if (met > Met.Empty) return false;
  if (message.length <= kMostSearched) return !holdsSpecial(value);
  // No object takes less than two bytes.
  return met === Met.Alike || areReallyEmpty(value, empties, message.length / 2);
}

function encodeFully(value: unknown): Uint8Array {
  const full = new FullEncoder();
  const message = full.encode(value);
  for (const one of full.toBeChecked(value)) {
    const written = serialize(one);
    // What is not known here, or was left out.
    if (written[0] === kV8Format && walk(written).met >= Met.Unknown) {
      const why = 'only this version of the runtime could read it';
      throw notCloneable(`The value holds an object that cannot be sent: ${why}.`);
    }
  }
  return message;
}

function decode(bytes: Uint8Array): unknown {
  try {
    const isOurs = bytes[0] === kPlainFormat || bytes[0] === kFullFormat;
    return isOurs ? decoder.decode(bytes) : readV8(bytes);
  } catch (error) {
    throw explain(bytes, error);
  }
}

/**
 * The default: values arrive as the structured clone algorithm of `node:v8` clones them
 * (https://html.spec.whatwg.org/multipage/structured-data.html), in any of the versions of Node that
 * smipc runs on, and from each to each. An Error keeps name (if it is that of one of ECMAScript's
 * errors), message, stack, cause, and an AggregateError its errors. Getters may be called more than once.
 * To build a serializer on, for example one that compresses.
 *
 * `serialize` throws an error for what cannot be cloned: that of `node:v8`, or a `DOMException` named
 * `DataCloneError`. The bytes it returns are the caller's. `deserialize` throws an `Error` that says why
 * bytes cannot be read. What it returns has no memory in common with them, nor with any other value.
 */
export const structuredCloneSerializer: Readonly<Serializer> = Object.freeze({
  serialize: (value: unknown): Uint8Array => {
    const plain = encoder.encode(value);
    return plain === undefined ? encodeOther(value) : ownBuffer(plain);
  },
  deserialize: decode,
});

/**
 * The same for streams, which put the bytes into the ring, or copy them, before anything else happens:
 * they may stand in memory with those of other messages.
 */
export const sharingSerializer: Readonly<Serializer> = Object.freeze({
  serialize: (value: unknown): Uint8Array => encoder.encode(value) ?? encodeOther(value),
  deserialize: decode,
});
