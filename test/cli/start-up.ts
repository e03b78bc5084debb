// What starts at once: help, and what the shell's completion needs, load neither the library nor the addon.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openShell } from '../fixtures/processes/shell.js';
import { hasProgram } from '../fixtures/processes/system-program.js';

if (hasProgram(t, 'strace')) {
  t.test('files that are opened', async (t) => {
    const { run, cwd } = openShell(t);
    const filesOf = async (command: string): Promise<string[]> => {
      await run(`strace -f -e trace=open,openat -o trace smipc ${command}`);
      const trace = readFileSync(join(cwd, 'trace'), 'utf8');
      return [...trace.matchAll(/"([^"]+)", [^\n]* = \d+$/gm)].map(([, file]) => file as string);
    };
    for (const command of ['--help', 'help write', 'ls --help', '--version', 'nothing', 'ls -x']) {
      const files = await filesOf(command);
      t.ok(
        files.some((file) => file.endsWith('/dist/cli.cjs')),
        command,
      );
      t.strictSame(
        files.filter((file) => /\.node$|smipc\.cjs$|\/dist\/cli\/(?!rolldown-runtime)/.test(file)),
        [],
      );
    }
    const used = await filesOf('ls');
    t.ok(
      used.some((file) => file.endsWith('.node')) && used.some((file) => /\/cli\/ls/.test(file)),
    );
  });
}
