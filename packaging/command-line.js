/**
 * Puts the help of each command into docs/command-line.md: `npm run build && node packaging/command-line.js`.
 * A test refuses a page that differs (test/docs/command-line.ts). What is written around it stays; a
 * command without a section gets one.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const page = join(root, 'docs', 'command-line.md');
const program = join(root, 'dist', 'cli.cjs');

/** @param {string[]} args @returns {string} */
const help = (...args) =>
  execFileSync(process.execPath, [program, 'help', ...args], { encoding: 'utf8' });

/** The names of all commands, as the help of the program lists them. @returns {string[]} */
export function commandNames() {
  const [, list = ''] = /\nCommands:\n([\s\S]*?)\n\n/.exec(help()) ?? [];
  return [...list.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => String(name));
}

/** The page with the help as it is now. @param {string} text @returns {string} */
export function withHelp(text) {
  let result = text;
  for (const name of commandNames()) {
    const block = `### smipc ${name}\n\n\`\`\`\n${help(name)}\`\`\`\n`;
    const section = new RegExp(`^### smipc ${name}\n\n\`\`\`\n[^]*?^\`\`\`\n`, 'm');
    const isThere = section.test(result);
    result = isThere ? result.replace(section, () => block) : `${result}\n${block}`;
  }
  return result;
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(page, withHelp(readFileSync(page, 'utf8')));
}
