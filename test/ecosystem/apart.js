/** Test files that run at once, each with a directory of its own: what docs/recipes/parallel-tests.md has. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** @typedef {import('./harness.js').Project} Project */

const kPage = resolve(import.meta.dirname, '../../docs/recipes/parallel-tests.md');

/** The files that the page has, each under its name. @param {Project} project */
export function copyRecipe({ folder }) {
  const blocks = readFileSync(kPage, 'utf8').matchAll(/^```\w*\n(\/\/ (\S+)\n[^`]*)^```$/gm);
  for (const [, code = '', name = ''] of blocks) writeFileSync(join(folder, name), code);
}

/**
 * Runs test files that note their directories: there must be several, and none is left.
 *
 * @param {Project} project @param {number} count of directories @param {() => Promise<void>} runFiles
 */
export async function expectApart({ folder }, count, runFiles) {
  const file = join(folder, 'directories');
  rmSync(file, { force: true });
  await runFiles();
  const directories = new Set(readFileSync(file, 'utf8').trimEnd().split('\n'));
  if (directories.size !== count) throw new Error(`${directories.size} directories`);
  for (const directory of directories) {
    if (existsSync(directory)) throw new Error(`${directory} is left`);
  }
}
