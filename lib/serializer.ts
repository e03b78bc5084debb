/** How objects become messages. */
import { deserialize, serialize } from 'node:v8';
import { PlainDecoder } from './plain-decoder.js';
import { PlainEncoder } from './plain-encoder.js';
import { kPlainFormat } from './plain-format.js';

/** Turns values into bytes and back. */
export interface Serializer {
  serialize(value: unknown): Uint8Array;
  deserialize(bytes: Uint8Array): unknown;
}

const encoder = new PlainEncoder();
const decoder = new PlainDecoder();

/**
 * The default: values arrive as `node:v8` clones them (the structured clone algorithm,
 * https://html.spec.whatwg.org/multipage/structured-data.html). What is small and plain is written in a
 * format of smipc's own, which docs/protocol.md describes, and everything else by `node:v8`; a getter
 * may be called by both. To build a serializer on, for example one that compresses.
 *
 * `serialize` throws the `DataCloneError` of `node:v8` for what cannot be cloned. The bytes it returns
 * are never written again, but stand in memory with those of other messages: whoever keeps some for
 * long copies them. `deserialize` throws an `Error` for bytes that neither of the two has written.
 */
export const structuredCloneSerializer: Readonly<Serializer> = Object.freeze({
  serialize: (value: unknown) => encoder.encode(value) ?? serialize(value),
  deserialize: (bytes: Uint8Array): unknown =>
    bytes[0] === kPlainFormat ? decoder.decode(bytes) : deserialize(bytes),
});
