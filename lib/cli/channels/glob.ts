/**
 * Patterns of names, as shells have them: `*`, `?` and `[a-z]`. Names have no folders. Names are
 * others', so no name may take long: no regular expression, and one place to go back to.
 * (Node's own path.matchesGlob() is experimental, and tells so on stderr.)
 */

interface Range {
  readonly first: string;
  readonly last: string;
}

/** What stands for one character, or `*`, for any number of them. */
type Part = '*' | ((character: string) => boolean);

/** Whether the whole name is one that the pattern means. */
export function matchesGlob(name: string, pattern: string): boolean {
  const characters = [...name];
  const parts = partsOf(pattern);
  let at = 0;
  let part = 0;
  // The last star. It takes one character more whenever what is behind it does not fit. An earlier
  // one need not: what stood between the two has been found as far in front as it can be.
  let star = -1;
  let starEnd = 0;
  while (at < characters.length) {
    const next = parts[part];
    if (next === '*') {
      star = part++;
      starEnd = at;
    } else if (next?.(characters[at] as string) === true) {
      part++;
      at++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++starEnd;
    } else {
      return false;
    }
  }
  return parts.slice(part).every((one) => one === '*');
}

function partsOf(pattern: string): Part[] {
  const characters = [...pattern];
  const parts: Part[] = [];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] as string;
    const end = character === '[' ? endOfClass(characters, i) : -1;
    if (character === '*') parts.push('*');
    else if (character === '?') parts.push(() => true);
    else if (end < 0) parts.push((other) => other === character);
    else {
      parts.push(classOf(characters.slice(i + 1, end)));
      i = end;
    }
  }
  return parts;
}

const isNegation = (character: string | undefined): boolean =>
  character === '!' || character === '^';

/** Where its bracket is closed: the first one that it has stands for itself. -1: nowhere. */
function endOfClass(pattern: readonly string[], start: number): number {
  const first = start + (isNegation(pattern[start + 1]) ? 2 : 1);
  return pattern.indexOf(']', first + 1);
}

/** @param inside what stands between the brackets */
function classOf(inside: readonly string[]): (character: string) => boolean {
  const isNegated = isNegation(inside[0]);
  const ranges = rangesOf(isNegated ? inside.slice(1) : inside);
  return (character) =>
    ranges.some(({ first, last }) => isBetween(first, character, last)) !== isNegated;
}

/** A dash at an end stands for itself. */
function rangesOf(members: readonly string[]): Range[] {
  const ranges: Range[] = [];
  for (let i = 0; i < members.length; i++) {
    const first = members[i] as string;
    const last = members[i + 1] === '-' ? members[i + 2] : undefined;
    ranges.push({ first, last: last ?? first });
    if (last !== undefined) i += 2;
  }
  return ranges;
}

/** By code points, whatever the locale. One that ends before it begins has nothing in it. */
function isBetween(first: string, character: string, last: string): boolean {
  const code = codeOf(character);
  return codeOf(first) <= code && code <= codeOf(last);
}

const codeOf = (character: string): number => character.codePointAt(0) as number;
