/**
 * A cache of short texts that were read before, by a hash of their bytes, for keys and values that
 * come again and again. Finding a text costs a fraction of making it.
 */

/** A power of two. */
const kPlaces = 1024;

/** After so many texts in a row that were new, so many are made without a look. */
const kMostNew = 64;
const kNotLookedAt = 1024;

const known: string[] = new Array(kPlaces).fill('');
let newOnes = 0;
let notLookedAt = 0;

/** The text of `length` one-byte units that begins at `from`. */
export function shortText(bytes: Buffer, from: number, length: number): string {
  if (notLookedAt > 0) {
    notLookedAt--;
    return bytes.toString('latin1', from, from + length);
  }
  let hash = length;
  for (let i = 0; i < length; i++) {
    hash = (Math.imul(hash, 31) + (bytes[from + i] as number)) | 0;
  }
  const place = (hash ^ (hash >>> 10)) & (kPlaces - 1);
  const text = known[place] as string;
  if (isText(text, bytes, from, length)) {
    newOnes = 0;
    return text;
  }
  if (++newOnes === kMostNew) {
    newOnes = 0;
    notLookedAt = kNotLookedAt;
  }
  const made = bytes.toString('latin1', from, from + length);
  known[place] = made;
  return made;
}

function isText(text: string, bytes: Buffer, from: number, length: number): boolean {
  if (text.length !== length) return false;
  let i = 0;
  while (i < length && text.charCodeAt(i) === bytes[from + i]) i++;
  return i === length;
}
