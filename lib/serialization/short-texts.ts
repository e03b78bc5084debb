/**
 * A cache of short texts that were read before, by a hash of their bytes, for keys and values that
 * come again and again. Finding a text costs a fraction of making it.
 */

/** A power of two. */
const kPlaces = 1024;

const known: string[] = new Array(kPlaces).fill('');

/** The text of `length` one-byte units that begins at `from`. */
export function shortText(bytes: Buffer, from: number, length: number): string {
  let hash = length;
  for (let i = 0; i < length; i++) {
    hash = (Math.imul(hash, 31) + (bytes[from + i] as number)) | 0;
  }
  const place = (hash ^ (hash >>> 10)) & (kPlaces - 1);
  const text = known[place] as string;
  if (isText(text, bytes, from, length)) return text;
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
