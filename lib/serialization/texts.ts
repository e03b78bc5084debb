/** Finds the first unit that takes two bytes; in a text that V8 keeps in one a unit, at once. */
const kWide = /[\u0100-\uffff]/;

/** Whether a text has a unit that does not fit in a byte. */
export function isWide(text: string): boolean {
  return kWide.test(text);
}
