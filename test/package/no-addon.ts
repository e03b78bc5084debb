// Without a native addon that can be loaded smipc can still be imported; using it says what is wrong, and
// what to do about it.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { addonPath as binary, libc, target } from '../fixtures/hosts/addon.js';

const root = process.cwd();

/** A copy of the package, with that as its binary, if it is to have one. */
function copyPackage(t: Test, content?: Buffer) {
  const copy = t.testdir();
  cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  const addon = join(copy, 'prebuilds', `${target}.node`);
  if (content !== undefined) put(addon, content);
  return { copy, addon, index: join(copy, 'dist', 'index.js') };
}

function put(file: string, content: Buffer | string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

interface Conditions {
  /** Of node. */
  options?: string[];
  /** That node is started by. */
  command?: string[];
  env?: Record<string, string>;
}

/** What a program sees that uses a copy: the error's code, its cause's, and its text. */
function tryIn(index: string, { options = [], command = [], env = {} }: Conditions = {}): string {
  const script = `
    import { openChannel, SmipcError } from ${JSON.stringify(pathToFileURL(index))};
    try { openChannel('name', 'r'); console.log('opened'); } catch (error) {
      if (!(error instanceof SmipcError)) throw error;
      console.log(error.code, error.cause?.code, error.message);
    }`;
  const [file = '', ...args] = [
    ...command,
    process.execPath,
    '--no-warnings',
    ...options,
    '--input-type=module',
    '-e',
    script,
  ];
  return execFileSync(file, args, {
    encoding: 'utf8',
    env: { ...process.env, SMIPC_DIR: dirname(dirname(index)), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

t.test('a package without a binary', async (t) => {
  const { copy, index } = copyPackage(t);
  const { createReadStream, openChannel, SmipcError } = await import(pathToFileURL(index).href);
  const message = new RegExp(
    `on linux-${process.arch} with ${libc} [\\d.]*: its file is missing.*node-gyp rebuild -C ${copy}/native .*` +
      `; tried: ${copy}/prebuilds/${target}.node \\(Cannot find module`,
  );
  const error = { name: 'SmipcError', code: 'ERR_SMIPC_ADDON', cause: Error, message };
  t.throws(() => openChannel('name', 'r'), error);
  const stream = createReadStream('name');
  const emitted = await new Promise((resolve) => stream.once('error', resolve));
  t.match(emitted, error);
  t.ok(emitted instanceof SmipcError);
});

t.test('a system that there is no binary for', async (t) => {
  const { copy, index } = copyPackage(t, readFileSync(binary));
  /** Runs on a system that is called otherwise. */
  const on = (code: string): Conditions => {
    const file = join(copy, 'preload.cjs');
    put(file, code);
    return { options: ['--require', file] };
  };
  t.match(
    tryIn(index, on(`Object.defineProperty(process, 'arch', { value: 'riscv64' })`)),
    /^ERR_SMIPC_ADDON undefined .* on linux-riscv64 with .* no binary for this system; compile it: npx node-gyp rebuild -C .*; tried: nothing/,
  );
  t.match(
    tryIn(index, on(`Object.defineProperty(process, 'platform', { value: 'sunos' })`)),
    /^ERR_SMIPC_ADDON undefined .* on sunos-\w+: smipc runs on Linux only for now; tried: nothing/,
  );
  // As musl's programs see it; its binary is not there.
  const musl = `
    const fs = require('node:fs');
    const { readFileSync } = fs;
    fs.readFileSync = (path, ...rest) =>
      path === '/proc/self/maps' ? '7f0 r-xp 0 08:01 1  /lib/ld-musl-x86_64.so.1' : readFileSync(path, ...rest);`;
  t.match(tryIn(index, on(musl)), /^ERR_SMIPC_ADDON \w+ .* on linux-\w+ with musl: /);
  t.notMatch(tryIn(index, on(musl)), /glibc/, 'no binary of another C library is tried');
});

t.test('where the C library is not shown', async (t) => {
  const { copy, index } = copyPackage(t, readFileSync(binary));
  const file = join(copy, 'preload.cjs');
  const options = ['--require', file];
  const hide = `
    const fs = require('node:fs');
    const { readFileSync } = fs;
    fs.readFileSync = (path, ...rest) => {
      if (path === '/proc/self/maps') throw new Error('not shown');
      return readFileSync(path, ...rest);
    };`;
  put(file, hide);
  t.equal(tryIn(index, { options }), 'opened\n', 'by a report');
  put(file, `${hide} process.report.getReport = () => { throw new Error('not shown'); };`);
  t.match(
    tryIn(index, { options }),
    /^ERR_SMIPC_ADDON undefined .* with an unknown C library: .*SMIPC_ADDON/,
  );
});

t.test('a file that is named', async (t) => {
  const { copy, index } = copyPackage(t);
  const named = join(copy, 'elsewhere', 'addon.node');
  const env = { SMIPC_ADDON: named };
  t.match(
    tryIn(index, { env }),
    /^ERR_SMIPC_ADDON MODULE_NOT_FOUND .* what SMIPC_ADDON or useAddon\(\) names does not exist; name another/,
  );
  put(named, readFileSync(binary));
  t.equal(tryIn(index, { env }), 'opened\n');
  // Bundlers may call it otherwise.
  put(`${named}.bin`, readFileSync(binary));
  t.equal(tryIn(index, { env: { SMIPC_ADDON: `${named}.bin` } }), 'opened\n');
  t.match(
    tryIn(index, { env: { SMIPC_ADDON: '' } }),
    /its file is missing/,
    'an empty name is none',
  );
});

t.test('what was compiled here comes first', async (t) => {
  for (const folder of ['build', 'native/build']) {
    const { copy, index } = copyPackage(t, Buffer.from('hello'));
    put(join(copy, folder, 'Release', 'smipc.node'), readFileSync(binary));
    t.equal(tryIn(index), 'opened\n', folder);
  }
  // What came with the package is there, too.
  const { copy, index } = copyPackage(t, readFileSync(binary));
  put(join(copy, 'native', 'build', 'Release', 'smipc.node'), 'hello');
  t.equal(tryIn(index), 'opened\n');
});

t.test('addons are switched off', async (t) => {
  const { index, copy } = copyPackage(t, readFileSync(binary));
  const disabled = 'ERR_SMIPC_ADDON ERR_DLOPEN_DISABLED .*: .*';
  t.match(
    tryIn(index, { options: ['--no-addons'] }),
    new RegExp(`^${disabled}--no-addons, an option of node`),
  );
  const env = { NODE_OPTIONS: '--no-addons' };
  t.match(tryIn(index, { env }), new RegExp(`^${disabled}--no-addons in NODE_OPTIONS`));
  // Node 20 has its first name only.
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const all = tryIn(index, { options: [permission, '--allow-fs-read=*'] });
  t.match(
    all,
    new RegExp(`^${disabled}permission model does not allow addons; run node with --allow-addons`),
  );
  const dist = tryIn(index, {
    options: [permission, `--allow-fs-read=${join(copy, 'dist', '*')}`],
  });
  t.match(dist, /^ERR_SMIPC_ADDON ERR_\w+ .*permission model.*--allow-addons/);
});

t.test('a binary that cannot be loaded', async (t) => {
  const sound = readFileSync(binary);
  const replaced = (from: string, to: string): Buffer => {
    const text = sound.toString('latin1');
    if (!text.includes(from)) return Buffer.alloc(0);
    return Buffer.from(text.replaceAll(from, to), 'latin1');
  };
  const otherMachine = Buffer.from(sound);
  otherMachine.writeUInt16LE(0xfefe, 18);
  for (const [what, content, text] of [
    ['a text', Buffer.from('hello'), /damaged, or was compiled for another processor/],
    ['another processor', otherMachine, /compiled for another processor or C library/],
    [
      'a missing library',
      replaced('libstdc++.so.6', 'libmissin.so.6'),
      /libmissin.so.6 is missing.*install it/,
    ],
    [
      'another libc',
      replaced('libstdc++.so.6', 'libc.musl.so.1'),
      /another processor or C library/,
    ],
    [
      'a newer libc',
      replaced('GLIBC_2.', 'GLIBC_9.'),
      /needs GLIBC_9\.\d+, and this system is older; compile it/,
    ],
  ] as const) {
    await t.test(what, (t) => {
      // A binary of another C library has not these names.
      if (content.length === 0) {
        t.comment('not tested: this binary is linked otherwise');
      } else {
        const { index } = copyPackage(t, content);
        t.match(tryIn(index), new RegExp(`^ERR_SMIPC_ADDON ERR_DLOPEN_FAILED .*${text.source}`));
      }
      t.end();
    });
  }
});

t.test('a binary that may not be read', async (t) => {
  if (process.geteuid?.() !== 0 || !existsSync('/usr/bin/setpriv')) {
    t.comment('not tested: becoming another user needs root, and setpriv(1)');
    return;
  }
  const { addon, index } = copyPackage(t, readFileSync(binary));
  chmodSync(addon, 0o600);
  const become = ['setpriv', '--reuid=54321', '--clear-groups'];
  t.match(
    tryIn(index, { command: become }),
    /^ERR_SMIPC_ADDON ERR_DLOPEN_FAILED .*this user is not allowed to read it/,
  );
});
