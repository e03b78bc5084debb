// docs/architecture.md is a map of the sources: it says of each of their folders what is in it.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { kRoot, readPage } from '../fixtures/docs/markdown.js';

const page = readPage('docs/architecture.md').prose.join('\n');

function foldersIn(folder: string): string[] {
  return readdirSync(join(kRoot, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => [`${folder}/${name}`, ...foldersIn(`${folder}/${name}`)]);
}

const folders = ['lib', 'native'].flatMap(foldersIn);
t.ok(folders.length > 0);
for (const folder of folders) t.ok(page.includes(`\`${folder}/\``), folder);
