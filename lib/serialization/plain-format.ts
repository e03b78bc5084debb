/**
 * Values as bytes, in a format of smipc's own, which docs/protocol.md describes. It has two
 * extents.
 *
 * Plain messages are small and hold what JSON knows, undefined, dates and bytes. plain-encoder.ts
 * writes them in a fraction of a microsecond or a few.
 *
 * Full messages hold everything that the structured clone algorithm knows, and are of any size.
 * full-encoder.ts writes them.
 */

/** The first byte of a plain message. What `node:v8` writes begins otherwise in every engine. */
export const kPlainFormat = 0x01;
/** The first byte of a full message. */
export const kFullFormat = 0x02;

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
  /** A text: twice its length in UTF-16 units, plus one if each takes two bytes; then the units. */
  String: 0x06,
  /** Milliseconds since 1970, as in Double; NaN: an invalid date. */
  Date: 0x07,
  /** A count; then that many times a text, the key, and a value. */
  Object: 0x08,
  /** A count, and that many values. */
  Array: 0x09,
  /** A count, and that many bytes. */
  Bytes: 0x0a,
  /** A count, and that many bytes, of a Buffer of Node's. */
  Buffer: 0x0b,

  // Only full messages have the following tags.

  /** A count: the number of an earlier object. Objects count from 0, in the order of their tags. */
  Reference: 0x0c,
  /** A text, which of kErrorNames; then as kErrorHas says. */
  Error: 0x0d,
  /** A text, its name; then as kErrorHas says. */
  DomException: 0x0e,
  /**
   * Twice the number of bytes, and one more if it is negative; its absolute value, little endian.
   */
  BigInt: 0x0f,
  /** A value: the number, string, boolean or bigint in the object. */
  Boxed: 0x10,
  /** Two texts: source and flags. */
  RegExp: 0x11,
  /** A count; then that many times two values. */
  Map: 0x12,
  /** A count, and that many values. */
  Set: 0x13,
  /**
   * An array with named properties or many holes: its length, a count, that many texts and values.
   */
  Sparse: 0x14,
  /** A count, and that many bytes. */
  ArrayBuffer: 0x15,
  /** A resizable ArrayBuffer: its maxByteLength, then what an ArrayBuffer has. */
  Resizable: 0x16,
  /** A byte, the index in kViewNames; then what an ArrayBuffer has. */
  View: 0x17,
  /** In place of a value: the array has a hole here, or the object lacks the key before it. */
  Hole: 0x18,
} as const;

/** The parts of an Error: bits of the byte after its name. The parts follow in this order. */
export const kErrorHas = {
  /** A text. */
  message: 1,
  /** A text. */
  stack: 2,
  /** A value. */
  cause: 4,
  /** A value; only an AggregateError has it. */
  errors: 8,
} as const;

export const kSmallInteger = 0x80;

/**
 * The largest message, in bytes. A reader takes no more either: a value takes up to a hundred times
 * the memory of the bytes that stand for it.
 */
export const kMostPlainBytes = 16 * 1024;

/** How deep objects and arrays may be nested, so that no stack overflows. */
export const kMostDepth = 64;
/** How deep they may be nested in full messages. */
export const kMostFullDepth = 1000;

/** Errors of these names arrive as such, the others as Error. */
export const kErrorNames = [
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'AggregateError',
] as const;

/** Up to this many units, a loop over a text is faster than a call of Node's. */
export const kShortText = 24;
