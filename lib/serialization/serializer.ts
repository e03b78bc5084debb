/** Turns objects into messages and back. */
import { Decoder } from './decoder.js';
import { explain } from './explain.js';
import { FullEncoder } from './full-encoder.js';
import { PlainEncoder } from './plain-encoder.js';
import { ownBuffer } from './views.js';

/**
 * Turns values into bytes and back: the option `serializer` of streams with `objectMode`. They
 * learn from it what they carry: a writer takes what `serialize` takes, a reader gives what
 * `deserialize` returns. In general that is one type, `Serializer<Job>`.
 */
// biome-ignore lint/suspicious/noExplicitAny: as in Node's streams, what is not said is not checked
export interface Serializer<Written = any, Read = Written> {
  /** The bytes of a value. They must not change afterwards. What it throws fails the write. */
  serialize(value: Written): Uint8Array;
  /** The value of bytes that `serialize` returned; not null. What it throws fails the stream. */
  deserialize(bytes: Uint8Array): Read;
}

const encoder = new PlainEncoder();
const decoder = new Decoder();

function encodeFully(value: unknown): Uint8Array {
  return new FullEncoder().encode(value);
}

function decode(bytes: Uint8Array): unknown {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw explain(bytes, error);
  }
}

/**
 * The default serializer. Values arrive as structured clones
 * (https://html.spec.whatwg.org/multipage/structured-data.html), from every supported runtime and
 * version to every other. An Error keeps its message, stack and cause, its name if that is one of
 * ECMAScript's own, and an AggregateError its errors. Getters may be called more than once. Use it
 * to build a serializer of your own, for example one that compresses.
 *
 * `serialize` throws a `DOMException` named `DataCloneError` for what cannot be cloned. It returns
 * bytes that belong to the caller. `deserialize` throws an `Error` that says why bytes cannot be
 * read. The value it returns shares no memory with the bytes or another value.
 */
export const structuredCloneSerializer: Readonly<Serializer> = Object.freeze({
  serialize: (value: unknown): Uint8Array => {
    const plain = encoder.encode(value);
    return plain === undefined ? encodeFully(value) : ownBuffer(plain);
  },
  deserialize: decode,
});

/**
 * structuredCloneSerializer for streams, which put the bytes into the ring, or copy them, at once.
 * So the bytes may share their memory with other messages, which saves a copy.
 */
export const sharingSerializer: Readonly<Serializer> = Object.freeze({
  serialize: (value: unknown): Uint8Array => encoder.encode(value) ?? encodeFully(value),
  deserialize: decode,
});
