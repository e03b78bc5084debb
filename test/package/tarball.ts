// The package as its users get it: nothing in it that they do not need, no link that leads nowhere; and in
// an empty project it installs without a script, a warning, a compiler or a network, and carries a transfer
// between a program that imports it and one that requires it. Installed for all projects, it is the command
// smipc. Where there is no binary, the command that the error names compiles one.
import { type ExecFileOptions, execFile } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { linksOf, readPage, resolveLink } from '../fixtures/docs/markdown.js';
import { addonPath, target } from '../fixtures/hosts/addon.js';

// The addon is compiled once more.
t.setTimeout(300_000);

const root = process.cwd();

function run(command: string, args: string[], options: ExecFileOptions = {}) {
  return promisify(execFile)(command, args, { ...options, encoding: 'utf8' });
}

/** What a program that fails prints. */
async function stderrOf(running: Promise<unknown>): Promise<string> {
  try {
    await running;
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
  throw new Error('it has not failed');
}

/** A folder with Node and a shell in it: no compiler, nothing else but what is named. */
async function makeTools(folder: string, ...others: string[]): Promise<string> {
  const tools = join(folder, 'tools');
  mkdirSync(tools);
  for (const tool of ['node', 'sh', ...others]) {
    const { stdout } = await run('which', [tool]);
    symlinkSync(tool === 'node' ? process.execPath : stdout.trim(), join(tools, tool));
  }
  return tools;
}

async function npmProgram(): Promise<string> {
  const { stdout: npm } = await run('which', ['npm']);
  const { stdout } = await run('readlink', ['-f', npm.trim()]);
  return stdout.trim();
}

/**
 * Of the tarball with one binary, which is not stripped here. With those for every system, some 115 kB
 * each, it is to stay below 1 MB.
 */
const kMostBytes = 610_000;

const kInstall = ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'];

/** The tarball, with the addon that was compiled here as the only binary. */
async function pack(folder: string, ...options: string[]): Promise<string> {
  const binaries = join(folder, 'binaries');
  mkdirSync(binaries);
  copyFileSync(addonPath, join(binaries, `${target}.node`));
  const script = join(root, 'packaging', 'package.js');
  const args = [script, '--binaries', binaries, '--to', folder, ...options];
  const { stdout } = await run(process.execPath, args);
  return stdout.trim();
}

t.test('what is packed', async (t) => {
  const folder = t.testdir({ unpacked: {} });
  const tarball = await pack(folder, '--partial');
  t.ok(statSync(tarball).size < kMostBytes, 'what everybody downloads is small');
  const { stdout } = await run('tar', ['-tzf', tarball]);
  const files = stdout
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));
  const kCode = ['http', 'index', 'net', 'smipc', 'sockets', 'web'];
  const commands = files.filter((file) => /^dist\/cli\/.*\.cjs$/.test(file));
  t.ok(commands.includes('dist/cli/write.cjs'), 'a file for each command of the program');
  t.strictSame(
    files.filter((file) => /^dist\/.*\.c?js$/.test(file) && !commands.includes(file)).sort(),
    [
      ...kCode.flatMap((name) => [`dist/${name}.cjs`, `dist/module/${name}.js`]),
      ...['index', 'web', 'net', 'http'].map((entry) => `dist/${entry}.js`),
      ...['dist/prebuilt.cjs', 'dist/prebuilt-urls.js'],
      ...['dist/prebuilt-in-place.js', 'dist/cli.cjs', 'dist/pipe.cjs'],
    ].sort(),
    'and nothing that an older build has left',
  );
  const wanted =
    /^((dist|docs|native|prebuilds)\/.+|(README|CHANGELOG|SECURITY).md|LICENSE|package.json)$/;
  t.strictSame(
    files.filter((file) => !wanted.test(file)),
    [],
  );
  t.strictSame(
    files.filter((file) => /^dist\/(commonjs\/)?cli\b.*\.d\.ts/.test(file)),
    [],
    'no declarations of the program',
  );
  t.strictSame(
    files.filter((file) => /^dist\/.*\.map$/.test(file)),
    [],
    'no source maps',
  );
  t.notOk(files.includes('binding.gyp'), 'package managers would invent a script for it');

  // Of every page, for who has the package alone.
  const unpacked = join(folder, 'unpacked');
  await run('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1']);
  const code = files.filter((file) => /^dist\/.*\.(c?js|d\.ts)$/.test(file));
  t.strictSame(
    code.filter((file) => readFileSync(join(unpacked, file), 'utf8').includes('sourceMappingURL')),
    [],
    'nothing asks for one',
  );
  const pages = files.filter((file) => file.endsWith('.md') && !file.startsWith('native/'));
  t.ok(pages.includes('README.md') && pages.includes('docs/streams.md'));
  for (const page of pages.map((file) => readPage(file, unpacked))) {
    const dead = linksOf(page)
      .map(({ target }) => target.replace(/#.*/, ''))
      .filter((path) => !/^[a-z]+:/.test(path))
      .filter((path) => !existsSync(join(unpacked, resolveLink(page, path))));
    t.strictSame(dead, [], `${page.path}: where its links lead to is in the package`);
  }

  const { stdout: manifestText } = await run('tar', ['-xzOf', tarball, 'package/package.json']);
  const manifest = JSON.parse(manifestText);
  for (const field of ['scripts', 'dependencies', 'optionalDependencies', 'gypfile', 'private']) {
    t.notOk(field in manifest, field);
  }

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
  for (const folder of ['dist', 'dist/commonjs']) {
    for (const entry of ['index.d.ts', 'web.d.ts', 'net.d.ts', 'http.d.ts'])
      follow(join(folder, entry));
  }
  t.strictSame(
    [...declarations].filter((path) => !files.includes(path)),
    [],
    'every declaration that a user program can reach',
  );
});

t.test('packing without all binaries is refused', async (t) => {
  const folder = t.testdir();
  t.match(await stderrOf(pack(folder)), /\.node is missing[\s\S]*Run: npm run prebuilds/);
  const packing = run('npm', ['pack', '--pack-destination', folder], { cwd: root });
  t.match(await stderrOf(packing), /smipc is packed by: npm run package/);
});

t.test('install the command', async (t) => {
  const folder = t.testdir({ 'sent.txt': 'sent '.repeat(100_000) });
  const tarball = await pack(folder, '--partial');
  const tools = await makeTools(folder, 'cmp');
  const prefix = join(folder, 'prefix');
  const args = [await npmProgram(), ...kInstall, '--global', '--prefix', prefix, tarball];
  await run(process.execPath, args, { env: { ...process.env, PATH: tools } });
  const env = {
    ...process.env,
    PATH: `${join(prefix, 'bin')}:${tools}`,
    SMIPC_DIR: uniqueDirectory(t),
  };
  const script = 'smipc write backup < sent.txt & smipc read backup | cmp - sent.txt && wait $!';
  t.strictSame(
    await run('/bin/sh', ['-c', script], { cwd: folder, env }),
    { stdout: '', stderr: '' },
    'it is on the path, and carries a stream',
  );
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  t.equal((await run('/bin/sh', ['-c', 'smipc --version'], { env })).stdout, `smipc ${version}\n`);
});

t.test('install and use', async (t) => {
  const cwd = t.testdir({ 'package.json': '{ "private": true, "type": "commonjs" }' });
  const tarball = await pack(cwd, '--partial');
  const environment = { ...process.env, PATH: await makeTools(cwd) };
  const installed = await run(process.execPath, [await npmProgram(), ...kInstall, tarball], {
    cwd,
    env: environment,
  });
  t.match(installed, { stdout: /^\s*added 1 package in \S+\s*$/, stderr: '' });
  const folder = join(cwd, 'node_modules', 'smipc');

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
  writeFileSync(
    join(cwd, 'worker.mjs'),
    `import { Worker } from 'node:worker_threads';
     new Worker(new URL('writer.mjs', import.meta.url));`,
  );
  const transfer = async (writer: string) => {
    const options = { cwd, env: { ...environment, SMIPC_DIR: uniqueDirectory(t) } };
    const [read, written] = await Promise.all([
      run(process.execPath, ['reader.cjs'], options),
      run(process.execPath, [writer], options),
    ]);
    t.match(read, { stdout: '1000000\n', stderr: '' }, writer);
    t.match(written, { stdout: '', stderr: '' }, writer);
  };
  await transfer('writer.mjs');
  await transfer('worker.mjs');

  // What the error for a system without a binary says, done.
  const copy = join(cwd, 'in a folder', 'node_modules', 'copy');
  cpSync(folder, copy, { recursive: true });
  rmSync(join(copy, 'prebuilds'), { recursive: true });
  const open = `require('copy').openChannel('name', 'w')`;
  const place = { cwd: join(cwd, 'in a folder') };
  const failure = await stderrOf(run(process.execPath, ['-e', open], place));
  const [, command = ''] = /(npx node-gyp rebuild -C '[^']+')/.exec(failure) ?? [];
  const nodeDirectory = process.env.npm_config_nodedir;
  await run('sh', ['-c', command], {
    // npx finds node-gyp among what the project has installed.
    cwd: root,
    env: {
      ...process.env,
      ...(nodeDirectory === undefined ? {} : { npm_config_nodedir: nodeDirectory }),
    },
  });
  t.strictSame(readdirSync(join(copy, 'native', 'build', 'Release')).includes('smipc.node'), true);
  const options = { ...place, env: { ...process.env, SMIPC_DIR: uniqueDirectory(t) } };
  t.match(await run(process.execPath, ['-e', open], options), { stdout: '', stderr: '' });
});
