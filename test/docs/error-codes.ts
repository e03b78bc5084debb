// docs/errors.md has every code that smipc's errors have, and no other.
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { kRoot, pathsBelow, readPage } from '../fixtures/docs/markdown.js';

/** What lib/ only compares the codes of others with, or says where the system has no name for it. */
const kOfOthers = ['ERR_ACCESS_DENIED', 'ERR_DLOPEN_DISABLED', 'ERR_DLOPEN_FAILED', 'EUNKNOWN'];

const source = pathsBelow(join(kRoot, 'lib'))
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');
// Texts, and the names under which the advice for system errors stands.
const codes = /'(E[A-Z]{3,}|ERR_[A-Z_]+|ABORT_ERR)'|^ +(E[A-Z]{3,}): /gm;
const given = new Set(
  [...source.matchAll(codes)]
    .map(([, text, name]) => text ?? name ?? '')
    .filter((code) => !kOfOthers.includes(code)),
);

const documented = readPage('docs/errors.md').sections.flatMap(({ heading }) =>
  [...heading.matchAll(/`([A-Z_]+)`/g)].map(([, code = '']) => code),
);

t.ok(given.size > 20, 'codes are found in lib/');
t.strictSame(documented, [...new Set(documented)], 'each code has one place');
for (const code of given) {
  t.ok(documented.includes(code), `docs/errors.md has ${code}`);
}
for (const code of documented) {
  t.ok(given.has(code) || code in constants.errno, `${code} is a code of smipc or of the system`);
}
