import { readFileSync } from 'node:fs';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { runNode } from '../fixtures/processes/program.js';

// Every ```js block of the README is a whole program, and is run. Those of one section run at the
// same time. A comment `// → a, b` says that the program prints the lines `a` and `b`.

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const kStdin = 'a line from stdin\n';

function programsOf(section: string): string[] {
  return [...section.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = '']) => code);
}

function linesOf(program: string): string[] {
  if (program.startsWith('// receive.js')) return [kStdin.trimEnd()];
  return [...program.matchAll(/\/\/ → (.*)$/gm)].flatMap(([, lines = '']) => lines.split(', '));
}

for (const section of readme.split(/^(?=##+ )/m)) {
  const programs = programsOf(section);
  if (programs.length === 0) continue;
  const [, heading = ''] = /^#+ (.*)$/m.exec(section) ?? [];
  t.test(heading, async (t) => {
    const env = { SMIPC_DIR: uniqueDirectory(t) };
    const runs = programs.map((program) => ({
      expected: linesOf(program),
      exit: runNode(t, ['--input-type=module', '-e', program], { env, stdin: kStdin }).exit,
    }));
    for (const { expected, exit } of runs) {
      const { code, stdout, stderr } = await exit;
      const lines = stdout.split('\n').filter((line) => line !== '');
      t.strictSame({ code, lines, stderr }, { code: 0, lines: expected, stderr: '' });
    }
  });
}

t.test('the picture of the segment is that of native/layout.h', async (t) => {
  const layout = readFileSync(new URL('../../native/layout.h', import.meta.url), 'utf8');
  const [picture = ''] = /^\/\/ +0 \+-(.*\n)+?\/\/ +\+-+\+$/m.exec(layout) ?? [];
  t.ok(picture);
  t.ok(readme.includes(picture.replaceAll(/^\/\/ /gm, '')));
});
