/**
 * Plain values as bytes: messages of objects that hold nothing but what JSON knows, and undefined,
 * dates and bytes. docs/protocol.md has the format.
 *
 * `node:v8` makes native objects for each message, which takes microseconds however small it is. What
 * is small and plain is written here in a fraction of that.
 */

/** The first byte of such a message. Those of `node:v8` begin with 0xff. */
export const kPlainFormat = 0x01;

/** The byte before a value; with the highest bit set it is the value, an integer of seven bits. */
export const Tag = {
  Undefined: 0x00,
  Null: 0x01,
  False: 0x02,
  True: 0x03,
  /** 4 bytes, little endian, two's complement. */
  Int32: 0x04,
  /** 8 bytes, little endian, IEEE 754. */
  Double: 0x05,
  /** A text: twice its length in UTF-16 units, and one more if they take two bytes each. Then they. */
  String: 0x06,
  /** Milliseconds since 1970, as in Double; NaN: an invalid date. */
  Date: 0x07,
  /** A count; then so many times a text, the key, and a value. */
  Object: 0x08,
  /** A count, and so many values. */
  Array: 0x09,
  /** A count, and so many bytes. */
  Bytes: 0x0a,
  /** The same, of a Buffer of Node's. */
  Buffer: 0x0b,
} as const;

export const kSmallInteger = 0x80;

/**
 * The largest message, in bytes. A reader takes no more either: a value takes up to a hundred times the
 * memory of the bytes that stand for it.
 */
export const kMostBytes = 16 * 1024;

/** How deep objects and arrays stand in each other: nobody's stack is to overflow. */
export const kMostDepth = 64;

/** Up to so many units, going through a text here is faster than having Node do it. */
export const kShortText = 24;
