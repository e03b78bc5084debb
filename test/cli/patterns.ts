// Patterns of names, as `smipc ls` and `smipc top` take them: what a shell's `case` would match, too.
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { loadSource } from '../fixtures/hosts/source.js';

type Glob = typeof import('../../dist/cli/channels/glob.js');

const { matchesGlob } = await loadSource<Glob>('cli/channels/glob.ts');

/** The pattern, names that it means, and names that it does not. */
const kPatterns: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['job', ['job'], ['jobs', 'ajob', 'JOB', 'jo']],
  ['*', ['a', 'a b', '日本', 'a\nb'], []],
  ['job-*', ['job-', 'job-1', 'job-job-'], ['job', 'a-job-1']],
  ['*-1', ['job-1', '-1', 'a-1-1'], ['job-11', 'job']],
  ['*a*b', ['ab', 'aab', 'a-b', 'abab', 'xaxb'], ['ba', 'a', 'abx']],
  ['a**b', ['ab', 'axb'], ['a', 'abc']],
  ['?', ['a', '日', '\u{1f600}'], ['ab']],
  ['??', ['ab', '日本'], ['a', '\u{1f600}', 'abc']],
  ['job-?*', ['job-1', 'job-12'], ['job-']],
  ['[abc]', ['a', 'c'], ['d', 'ab', '[abc]']],
  ['[a-c]x', ['ax', 'bx', 'cx'], ['dx', '-x', 'x']],
  ['[!a-c]', ['d', '-', '!'], ['a', 'c']],
  ['[^a-c]', ['d', '^'], ['b']],
  ['[a!^]', ['a', '!', '^'], ['b']],
  ['[a-c0-9_]', ['b', '5', '_'], ['d', '-']],
  ['[-a]', ['-', 'a'], ['b']],
  ['[a-]', ['a', '-'], ['b']],
  ['[]]', [']'], ['[]]', '[', 'a']],
  ['[]a]', [']', 'a'], ['b', '[]a]']],
  ['[!]]', ['a', '['], [']', 'a]']],
  ['[!]a]', ['b', '!'], [']', 'a']],
  ['[[]', ['['], [']', '[[]']],
  ['[a]]', ['a]'], ['a', ']']],
  ['[z-a]', [], ['z', 'a', 'm', '-', '[z-a]']],
  ['[!z-a]', ['z', 'm'], ['zz']],
  ['[*?]', ['*', '?'], ['a', '**']],
  ['[\u{1f600}-\u{1f610}]', ['\u{1f605}'], ['\u{1f620}', '\ud83d']],
  ['[日本]', ['日', '本'], ['日本']],
  // Not closed: itself.
  ['[', ['['], ['a']],
  ['a[', ['a['], ['a']],
  ['[]', ['[]'], ['', '[']],
  ['[!]', ['[!]'], ['a', '!']],
  ['[ab', ['[ab'], ['a', 'b']],
  // What a regular expression would take for something else.
  ['a.c', ['a.c'], ['abc']],
  ['(a|b)+$', ['(a|b)+$'], ['a', 'b']],
  ['a{2}', ['a{2}'], ['aa']],
  ['[.]', ['.'], ['a']],
];

for (const [pattern, meant, others] of kPatterns) {
  for (const name of meant) t.equal(matchesGlob(name, pattern), true, `${pattern} ${name}`);
  for (const name of others) t.equal(matchesGlob(name, pattern), false, `${pattern} not ${name}`);
}

t.test('a shell does the same', (t) => {
  const script = 'case $1 in $2) exit 0 ;; *) exit 1 ;; esac';
  for (const [pattern, meant, others] of kPatterns) {
    for (const name of [...meant, ...others]) {
      // A lone surrogate cannot be an argument, nor a name.
      if (/\p{Cs}/u.test(name)) continue;
      const { status } = spawnSync('bash', ['-c', script, 'bash', name, pattern], {
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      });
      t.equal(status, meant.includes(name) ? 0 : 1, `${pattern} ${name}`);
    }
  }
  t.end();
});

// Going back at each star would take longer than the age of the universe.
t.notOk(matchesGlob('a'.repeat(200), `${'*a'.repeat(50)}*b`));
t.ok(matchesGlob(`${'a'.repeat(200)}b`, `${'*a'.repeat(50)}*b`));
