/** Turns objects into messages and back. */
import { serialize } from 'node:v8';
import { Decoder } from './decoder.js';
import { explain } from './explain.js';
import { FullEncoder } from './full-encoder.js';
import { PlainEncoder } from './plain-encoder.js';
import { kFullFormat, kPlainFormat } from './plain-format.js';
import { notCloneable } from './refusals.js';
import { areReallyEmpty, holdsSpecial } from './special-objects.js';
import { kV8Format, Met, readV8, walk } from './v8-format.js';
import { ownBuffer } from './views.js';

/** Turns values into bytes and back: the option `serializer` of streams with `objectMode`. */
export interface Serializer {
  /** The bytes of a value. They must not change afterwards. What it throws fails the write. */
  serialize(value: unknown): Uint8Array;
  /** The value of bytes that `serialize` returned; not null. What it throws fails the stream. */
  deserialize(bytes: Uint8Array): unknown;
}

/** Up to this message size a value is searched, since that costs less than writing it has. */
const kMostSearched = 16 * 1024;

const encoder = new PlainEncoder();
const decoder = new Decoder();

/**
 * For what is not small and plain. `node:v8` writes it, unless another version would not read that
 * as the same value. What it has written shows most of that, at a fraction of the cost of looking
 * through the value: Errors, and objects without properties, which may be more than they look.
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
 * The default serializer. Values arrive as structured clones
 * (https://html.spec.whatwg.org/multipage/structured-data.html), from every supported version of
 * Node to every other. An Error keeps its message, stack and cause, its name if that is one of
 * ECMAScript's own, and an AggregateError its errors. Getters may be called more than once. Use it
 * to build a serializer of your own, for example one that compresses.
 *
 * `serialize` throws for what cannot be cloned: the error of `node:v8`, or a `DOMException` named
 * `DataCloneError`. It returns bytes that belong to the caller. `deserialize` throws an `Error`
 * that says why bytes cannot be read. The value it returns shares no memory with the bytes or
 * another value.
 */
export const structuredCloneSerializer: Readonly<Serializer> = Object.freeze({
  serialize: (value: unknown): Uint8Array => {
    const plain = encoder.encode(value);
    return plain === undefined ? encodeOther(value) : ownBuffer(plain);
  },
  deserialize: decode,
});

/**
 * structuredCloneSerializer for streams, which put the bytes into the ring, or copy them, at once.
 * So the bytes may share their memory with other messages, which saves a copy.
 */
export const sharingSerializer: Readonly<Serializer> = Object.freeze({
  serialize: (value: unknown): Uint8Array => encoder.encode(value) ?? encodeOther(value),
  deserialize: decode,
});
