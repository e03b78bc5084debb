// What becomes of a page when it is packed, and what packing says where package.json has no addresses.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';

interface Files {
  isPacked(path: string): boolean;
  isThere(path: string): boolean;
}

const load = (file: string) => import(pathToFileURL(join(process.cwd(), 'packaging', file)).href);
const { pageToPack } = (await load('pages.js')) as {
  pageToPack(path: string, text: string, files: Files): { text: string; dead: string[] };
};
const { missingAddresses } = (await load('addresses.js')) as {
  missingAddresses(manifest: object): string | undefined;
};

const packed = ['README.md', 'docs', 'docs/streams.md', 'docs/picture.svg'];
const files: Files = {
  isPacked: (path) => packed.includes(path),
  isThere: (path) => [...packed, 'examples', 'bench/README.md', 'bench/a.svg'].includes(path),
};
const inReadme = (text: string) => pageToPack('README.md', text, files);
const inDocs = (text: string) => pageToPack('docs/streams.md', text, files);
const unchanged = (text: string) => ({ text, dead: [] });

t.test('links to what is packed, and out into the world, stay', async (t) => {
  for (const text of [
    'See [`streams`](docs/streams.md#types), [docs](docs) and [here](#here).',
    '[Node](https://nodejs.org/api/stream.html)',
    '![a picture](docs/picture.svg)',
  ]) {
    t.strictSame(inReadme(text), unchanged(text));
  }
  const text = '[up](../README.md#x), [beside](picture.svg)';
  t.strictSame(inDocs(text), unchanged(text));
});

t.test('a link to what is not packed becomes its text', async (t) => {
  t.strictSame(inReadme('[`examples/`](examples) has'), unchanged('`examples/` has'));
  t.strictSame(
    inDocs('`npm run bench`, [how\nit is done](../bench/README.md#how), `npm start`'),
    unchanged('`npm run bench`, how\nit is done, `npm start`'),
  );
});

t.test('a link that leads nowhere is said', async (t) => {
  const { dead } = inDocs('[a](gone.md#x), [b](docs/streams.md), ![c](../bench/a.svg)');
  t.strictSame(dead, ['gone.md#x', 'docs/streams.md', '../bench/a.svg'], 'or a picture not packed');
});

t.test('what stands in code is no link', async (t) => {
  const text = 'a `[b](c.md)`\n\n```js\nconst [d](e.md) = `\n```\n\n[streams](docs/streams.md)\n';
  t.strictSame(inReadme(text), unchanged(text));
});

t.test('addresses', async (t) => {
  const repository = { type: 'git', url: 'git+https://host.example/smipc.git' };
  const bugs = { url: 'https://host.example/smipc/issues' };
  const all = { repository, bugs, homepage: 'https://host.example/smipc' };
  t.equal(missingAddresses(all), undefined);
  t.match(
    missingAddresses({}),
    /without repository, bugs, homepage: package\.json has none[\s\S]*"repository": /,
  );
  const missing = missingAddresses({ ...all, homepage: '' });
  t.match(missing, /without homepage:/);
  t.notMatch(missing, /"bugs"/);
});
