// docs/command-line.md shows the help of every command as the program does, and has each exit status.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { kRoot } from '../fixtures/docs/markdown.js';

const script = pathToFileURL(join(kRoot, 'packaging', 'command-line.js')).href;
const { commandNames, withHelp } = (await import(script)) as {
  commandNames(): string[];
  withHelp(text: string): string;
};
const text = readFileSync(join(kRoot, 'docs/command-line.md'), 'utf8');

t.ok(commandNames().includes('write'));
t.equal(text, withHelp(text), 'if not: npm run build && node packaging/command-line.js');

const source = readFileSync(join(kRoot, 'lib/cli/grammar/exit-codes.ts'), 'utf8');
const statuses = [...source.matchAll(/^ {2}\w+: (\d+),$/gm)].map(([, status]) => status);
t.ok(statuses.length >= 7);
const documented = [...text.matchAll(/^\| `(\d+)`/gm)].map(([, status]) => status);
t.strictSame(documented.toSorted(), statuses.toSorted());
