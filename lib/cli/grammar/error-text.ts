/** What went wrong, in words of the command line. The library speaks of arguments and properties. */

const kWords: readonly (readonly [RegExp, string])[] = [
  [/The (?:value of )?"options\.(\w+)"(?: property)?/g, '--$1'],
  [/The "name" argument/g, 'NAME'],
  [/the option `dir`|option `dir`/g, '--dir'],
  [/`capacity`/g, '--capacity'],
  [/(?:open )?with wait: true/g, 'use --wait'],
  [/force: true/g, '--force'],
  [/remove\((?:'[^']*')?\)(?: it)?/g, "'smipc rm' it"],
  [/without `objectMode` and `messages`/g, 'without --json and --messages'],
  [/`objectMode: true`/g, '--json'],
  [/`messages: true`/g, '--messages'],
  [/`resume: true`/g, '--resume'],
  [/with `resume: false`/g, 'without --resume'],
];

export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return kWords.reduce((words, [pattern, word]) => words.replaceAll(pattern, word), text);
}
