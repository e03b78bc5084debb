// The package as its users get it: nothing in it that they do not need; and in an empty project it
// installs, compiles, and carries a transfer between a program that imports it and one that requires
// it. Works offline: what it depends on is packed from node_modules.
import { type ExecFileOptions, execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';

// The addon is compiled once more.
t.setTimeout(300_000);

const root = process.cwd();
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

function run(command: string, args: string[], options: ExecFileOptions = {}) {
  return promisify(execFile)(command, args, { ...options, encoding: 'utf8' });
}

t.test('pack, install, use', async (t) => {
  const work = t.testdir({ user: { 'package.json': '{ "private": true, "type": "module" }' } });
  for (const what of [root, ...Object.keys(dependencies).map((name) => `./node_modules/${name}`)]) {
    // Without the package's scripts, which would take away what other tests are using.
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', work, what]);
  }
  const tarballs = readdirSync(work).filter((file) => file.endsWith('.tgz'));
  t.equal(tarballs.length, 3);
  const own = tarballs.find((file) => file.startsWith('smipc-')) ?? '';

  const { stdout } = await run('tar', ['-tzf', join(work, own)]);
  const files = stdout
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));
  for (const file of [
    'LICENSE',
    'package.json',
    'binding.gyp',
    'native/node/binding.cc',
    'lib/index.ts',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/web.js',
    'dist/web.d.ts',
  ]) {
    t.ok(files.includes(file), file);
  }
  t.strictSame(
    files.filter((file) => /^dist\/.*\.js$/.test(file)).sort(),
    ['dist/index.js', 'dist/shared.js', 'dist/web.js'],
    'and nothing that an older build has left',
  );
  const wanted = /^((dist|lib|native|prebuilds)\/.+|README.md|LICENSE|package.json|binding.gyp)$/;
  t.strictSame(
    files.filter((file) => !wanted.test(file)),
    [],
  );

  // Folders of declarations are left out that no public one imports.
  const declarations = new Set<string>();
  const follow = (path: string): void => {
    if (declarations.has(path)) return;
    declarations.add(path);
    const text = readFileSync(join(root, path), 'utf8');
    for (const [, specifier = ''] of text.matchAll(/(?:from |import\()'(\.[^']+)\.js'/g)) {
      follow(join(dirname(path), `${specifier}.d.ts`));
    }
  };
  for (const entry of ['dist/index.d.ts', 'dist/web.d.ts']) follow(entry);
  t.strictSame(
    [...declarations].filter((path) => !files.includes(path)),
    [],
    'every declaration that a user program can reach',
  );

  const cwd = join(work, 'user');
  const paths = tarballs.map((file) => join(work, file));
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...paths], { cwd });
  t.strictSame(
    readdirSync(join(cwd, 'node_modules'))
      .filter((name) => !name.startsWith('.'))
      .sort(),
    ['smipc', ...Object.keys(dependencies)].sort(),
    'nothing but run-time dependencies',
  );

  writeFileSync(
    join(cwd, 'writer.mjs'),
    `import { createWriteStream } from 'smipc';
     createWriteStream('channel', { capacity: 4096 }).end('x'.repeat(1_000_000));`,
  );
  writeFileSync(
    join(cwd, 'reader.cjs'),
    `const { createReadStream } = require('smipc');
     const { text } = require('node:stream/consumers');
     text(createReadStream('channel')).then(({ length }) => console.log(length));`,
  );
  const options = { cwd, env: { ...process.env, SMIPC_DIR: uniqueDirectory(t) } };
  const [reader, writer] = await Promise.all([
    run('node', ['--no-warnings', 'reader.cjs'], options),
    run('node', ['writer.mjs'], options),
  ]);
  t.match(reader, { stdout: '1000000\n', stderr: '' });
  t.match(writer, { stdout: '', stderr: '' });
});
