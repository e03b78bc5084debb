// What the pages lead to is there: relative links and their anchors, and every path in the
// repository that a page or a comment names. Links that leave the repository are only read.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import t from 'tap';
import {
  allPages,
  anchorsOf,
  kRoot,
  linksOf,
  type Page,
  pathsBelow,
  resolveLink,
} from '../fixtures/docs/markdown.js';

const pages = allPages();
const pageAt = new Map(pages.map((page) => [page.path, page]));

/** What is wrong with a link; undefined: nothing. */
function flawOf(page: Page, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) {
    return URL.canParse(target) && target.startsWith('https:') ? undefined : 'no https: address';
  }
  const [path = '', anchor] = target.split('#');
  const resolved = resolveLink(page, path);
  if (path.startsWith('/') || resolved.startsWith('..')) return 'not in the repository';
  if (!existsSync(join(kRoot, resolved))) return 'no such file';
  if (anchor === undefined) return undefined;
  const linked = pageAt.get(resolved);
  if (linked === undefined) return 'not a page that has anchors';
  return anchorsOf(linked).has(anchor) ? undefined : 'no such heading';
}

/** Paths from the root, perhaps with `*` in the last part. */
const kPaths =
  /(?<![\w./@:*-])(?:\.ci|bench|docs|examples|lib|model|native|packaging|test)\/(?:[\w.*-]+\/)*(?:[\w*-][\w.*-]*)?/g;

function namesPath(text: string): string[] {
  return (
    [...text.matchAll(kPaths)]
      // Without the full stop of a sentence.
      .map(([path]) => path.replace(/\.$/, ''))
      // What is installed or built need not be there.
      .filter((path) => !/\/(node_modules|build)(\/|$)/.test(path))
  );
}

function isThere(path: string): boolean {
  const full = join(kRoot, path);
  if (!path.includes('*')) return existsSync(full);
  const pattern = new RegExp(`^${basename(path).replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
  return existsSync(dirname(full)) && readdirSync(dirname(full)).some((name) => pattern.test(name));
}

for (const page of pages) {
  t.test(page.path, (t) => {
    for (const { target, line } of linksOf(page)) {
      t.equal(flawOf(page, target), undefined, `line ${line}: ${target}`);
    }
    for (const [i, text] of page.lines.entries()) {
      for (const path of namesPath(text)) t.ok(isThere(path), `line ${i + 1}: ${path}`);
    }
    t.notMatch(page.prose.join('\n'), /^ *\[[^\]]+\]: /m, 'links stand where their text is');
    t.end();
  });
}

t.test('README leads to every page of docs/', (t) => {
  const readme = pageAt.get('README.md') as Page;
  const linked = new Set(linksOf(readme).map(({ target }) => target.replace(/#.*/, '')));
  for (const { path } of pages) {
    if (['docs', 'docs/recipes'].includes(dirname(path))) t.ok(linked.has(path), path);
  }
  t.end();
});

t.test('comments name pages that are there', (t) => {
  for (const folder of ['lib', 'native', 'test', 'bench', 'examples', 'packaging', '.ci']) {
    for (const path of pathsBelow(join(kRoot, folder))) {
      if (!/\.(ts|js|cc|h|pml)$|Makefile$/.test(path)) continue;
      const named = readFileSync(path, 'utf8').match(/\bdocs\/[\w/-]+\.md\b/g) ?? [];
      for (const page of named) t.ok(pageAt.has(page), `${relative(kRoot, path)}: ${page}`);
    }
  }
  t.end();
});
