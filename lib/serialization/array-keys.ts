/** Which keys an array has: all its indexes, or holes and names, too. */

/** In longer arrays V8 finds the values many times as fast as the keys. */
const kMostKeys = 64;

/** Whether an array has all its elements, and nothing else. */
export function isDense(array: unknown[]): boolean {
  const { length } = array;
  if (length > kMostKeys) return isLongAndDense(array);
  const keys = Object.keys(array);
  // Indexes come first, in order.
  return keys.length === length && (length === 0 || keys[length - 1] === String(length - 1));
}

/** Values of names come last: with as many names as holes, the last value is one of them. */
function isLongAndDense(array: unknown[]): boolean {
  const { length } = array;
  const values = Object.values(array);
  if (values.length !== length || !Object.is(values[length - 1], array[length - 1])) return false;
  for (let i = 0; i < length; i++) if (!(i in array)) return false;
  return true;
}

/** Whether a key of an array is an index, and not a name. */
export function isIndex(key: string): boolean {
  const index = Number(key) >>> 0;
  return index !== 2 ** 32 - 1 && String(index) === key;
}
