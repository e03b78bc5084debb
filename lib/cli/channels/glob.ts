/** Patterns of names, as shells have them: `*`, `?` and `[a-z]`. Names have no folders. */

/** Node's own path.matchesGlob() is experimental, and tells so on stderr. */
export function matchesGlob(name: string, pattern: string): boolean {
  return new RegExp(`^${sourceOf(pattern)}$`, 'su').test(name);
}

function sourceOf(pattern: string): string {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] as string;
    if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else if (character === '[' && pattern.indexOf(']', i + 2) > 0) {
      const end = pattern.indexOf(']', i + 2);
      const isNegated = '!^'.includes(pattern[i + 1] as string);
      const set = pattern.slice(i + (isNegated ? 2 : 1), end).replaceAll(/[\\\]^]/g, '\\$&');
      source += `[${isNegated ? '^' : ''}${set}]`;
      i = end;
    } else {
      source += character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
    }
  }
  return source;
}
