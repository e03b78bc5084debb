// Every block of code in the pages is run or checked. What a block needs and prints stands in it:
//
// - `js`: a whole program, which must succeed and print nothing but what it says. A comment
//   `// → a, b` says that it prints the lines `a` and `b`. Those of one section run at the same
//   time, with a directory for their channels.
// - `js` that begins with `// name.mjs`: a file of that name, for the commands of its section.
// - `sh` in a section with such files: commands that are run in a directory with these files and a
//   folder `directory`. `# → a, b` says what they print. What they write with `>` must not be empty.
// - `sh` elsewhere: commands that install, need a clone, or rights. The shell must understand them,
//   and what they `npm run` must be a script of this package.
// - `ts`, and all `js` again: the compiler must find nothing wrong.
// - without a language: a picture, or the text of a file.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import {
  allPages,
  type Block,
  fileNameOf,
  kRoot,
  type Section,
} from '../fixtures/docs/markdown.js';
import { runCommand, runNode } from '../fixtures/processes/program.js';

const kStdin = 'a line from stdin\n';
const { scripts } = JSON.parse(readFileSync(join(kRoot, 'package.json'), 'utf8'));

const pages = allPages();
const withLanguage = (blocks: Block[], language: string): Block[] =>
  blocks.filter((block) => block.language === language);

/** The lines that a program says it prints. */
function printedBy(code: string): string[] {
  return [...code.matchAll(/(?:\/\/|#) → (.*?)(?: \(in any order\))?$/gm)].flatMap(
    ([, lines = '']) => lines.split(', '),
  );
}

/** What it prints, in the order in which it says so, where it does not say that there is none. */
function linesOf(stdout: string, code: string): string[] {
  const lines = nonEmptyLines(stdout);
  return code.includes('(in any order)') ? lines.sort() : lines;
}

function nonEmptyLines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

async function runSection(t: Test, { blocks }: Section): Promise<void> {
  const env = { SMIPC_DIR: uniqueDirectory(t) };
  const programs = withLanguage(blocks, 'js');
  const files = programs.flatMap((block) => {
    const name = fileNameOf(block);
    return name === undefined ? [] : [[name, block.code] as const];
  });
  const directory = t.testdir({ ...Object.fromEntries(files), directory: { file: 'some text' } });
  const runs = programs
    .filter((block) => fileNameOf(block) === undefined)
    .map(({ code }) => ({
      code,
      exit: runNode(t, ['--input-type=module', '-e', code], { env, stdin: kStdin }).exit,
    }));
  if (files.length > 0) {
    for (const { code } of withLanguage(blocks, 'sh')) {
      const script = `cd '${directory}'; set -e\n${code}\nwait`;
      runs.push({ code, exit: runCommand(t, 'sh', ['-c', script], { env, stdin: kStdin }).exit });
    }
  }
  for (const { code, exit } of runs) {
    const { code: exitCode, stdout, stderr } = await exit;
    t.strictSame(
      { exitCode, lines: linesOf(stdout, code), stderr },
      { exitCode: 0, lines: printedBy(code), stderr: '' },
    );
  }
  for (const { code } of files.length > 0 ? withLanguage(blocks, 'sh') : []) {
    for (const [, file = ''] of code.matchAll(/> (\S+)/g)) {
      t.ok(statSync(join(directory, file)).size > 0, `something is in ${file}`);
    }
  }
}

for (const { path, sections } of pages) {
  for (const section of sections) {
    const { heading, blocks } = section;
    for (const { language, line } of blocks) {
      t.ok(['js', 'ts', 'sh', ''].includes(language), `${path}:${line}: a block of ${language}`);
    }
    if (withLanguage(blocks, 'js').length > 0) {
      t.test(`${path}: ${heading}`, (t) => runSection(t, section));
    }
    for (const { code, line } of withLanguage(blocks, 'sh')) {
      t.doesNotThrow(
        () => execFileSync('sh', ['-n', '-c', code], { stdio: 'pipe' }),
        `${path}:${line}: the shell understands it`,
      );
      const commands = code.matchAll(/npm (?:run ([\w:]+)|(start|test))/g);
      for (const [, name = '', short = name] of commands) {
        t.type(scripts[short], 'string', `${path}:${line}: npm run ${short}`);
      }
    }
  }
}

t.test('the compiler finds nothing wrong', async (t) => {
  const blocks = pages.flatMap(({ path, sections }) =>
    sections.flatMap(({ blocks }) =>
      blocks
        .filter(({ language }) => language === 'js' || language === 'ts')
        .map(({ language, code, line }) => ({
          // Its name leads to the block, and so does the line of a mistake: what is before is empty.
          name: `${path.replaceAll('/', '-')}.${line}.${language}`,
          text: `${'\n'.repeat(line - 1)}${code}\nexport {};\n`,
        })),
    ),
  );
  t.ok(blocks.length > 0);
  const files = Object.fromEntries(blocks.map(({ name, text }) => [name, text]));
  const directory = t.testdir({
    ...files,
    'tsconfig.json': JSON.stringify({
      extends: join(kRoot, 'tsconfig.json'),
      compilerOptions: {
        rootDir: kRoot,
        noEmit: true,
        declaration: false,
        declarationMap: false,
        emitDeclarationOnly: false,
        allowJs: true,
        checkJs: true,
        // Those who read them write JavaScript.
        noImplicitAny: false,
        noUncheckedIndexedAccess: false,
        useUnknownInCatchVariables: false,
        strictFunctionTypes: false,
        typeRoots: [join(kRoot, 'node_modules/@types')],
      },
      include: Object.keys(files),
    }),
  });
  const { error, stdout } = await new Promise<{ error: Error | null; stdout: string }>(
    (resolve) => {
      execFile(join(kRoot, 'node_modules/.bin/tsc'), ['-p', directory], (error, stdout) => {
        resolve({ error, stdout });
      });
    },
  );
  t.equal(stdout, '');
  t.equal(error, null);
});
