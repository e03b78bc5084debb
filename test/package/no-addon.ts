// Without a native addon that can be loaded smipc can still be imported; using it says what is wrong, and
// what to do about it.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';

const root = process.cwd();
const binary = join(root, 'build', 'Release', 'smipc.node');

/** A copy of the package, and its binary, if it has one. */
function copyPackage(t: Test, content?: Buffer) {
  const copy = t.testdir();
  cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const addon = join(copy, 'build', 'Release', 'smipc.node');
  if (content !== undefined) {
    mkdirSync(join(copy, 'build', 'Release'), { recursive: true });
    writeFileSync(addon, content);
  }
  const index = join(copy, 'dist', 'index.js');
  return { copy, addon, index };
}

/** What a program sees that uses a copy: the error's code, its cause's, and its text. */
function tryIn(index: string, options: string[] = [], command: string[] = [], env = {}): string {
  const script = `
    import { openChannel, SmipcError } from ${JSON.stringify(pathToFileURL(index))};
    try { openChannel('name', 'r'); } catch (error) {
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
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  return execFileSync(file, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: [...stdio],
  });
}

t.test('a package without a binary', async (t) => {
  const { copy, index } = copyPackage(t);
  const { createReadStream, openChannel, SmipcError } = await import(pathToFileURL(index).href);
  const message = new RegExp(
    `no binary .* in ${copy}, .*npm approve-scripts smipc.*node-gyp rebuild`,
  );
  const error = { name: 'SmipcError', code: 'ERR_SMIPC_ADDON', cause: Error, message };
  t.throws(() => openChannel('name', 'r'), error);
  const stream = createReadStream('name');
  const emitted = await new Promise((resolve) => stream.once('error', resolve));
  t.match(emitted, error);
  t.ok(emitted instanceof SmipcError);
});

t.test('addons are switched off', async (t) => {
  const { index, copy } = copyPackage(t, readFileSync(binary));
  const disabled = 'ERR_SMIPC_ADDON ERR_DLOPEN_DISABLED .*';
  t.match(tryIn(index, ['--no-addons']), new RegExp(`^${disabled}--no-addons, an option of node`));
  const env = { NODE_OPTIONS: '--no-addons' };
  t.match(tryIn(index, [], [], env), new RegExp(`^${disabled}--no-addons in NODE_OPTIONS`));
  // Node 20 has its first name only.
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const all = tryIn(index, [permission, '--allow-fs-read=*']);
  t.match(
    all,
    new RegExp(`^${disabled}permission model does not allow addons; run node with --allow-addons`),
  );
  const dist = tryIn(index, [permission, `--allow-fs-read=${join(copy, 'dist', '*')}`]);
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
      /newer system and needs GLIBC_9\.\d+; compile it/,
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
    tryIn(index, [], become),
    /^ERR_SMIPC_ADDON ERR_DLOPEN_FAILED .*this user is not allowed to read it/,
  );
});
