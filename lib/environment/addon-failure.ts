/** Why the native addon could not be loaded, and what to do about it. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { SmipcError } from '../errors/errors.js';

/** The error, for what node-gyp-build or dlopen(3) said. `root`: the folder of the package. */
export function addonFailure(cause: unknown, root: string): SmipcError {
  const { message } = cause as Error;
  const [words = ''] = String(message).split('\n');
  const text = `the native addon cannot be loaded: ${adviceFor(cause, words, root)} (${words})`;
  return new SmipcError('ERR_SMIPC_ADDON', text, { syscall: 'open', cause });
}

function adviceFor(cause: unknown, words: string, root: string): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ERR_DLOPEN_DISABLED') return disabled();
  if (code === 'ERR_ACCESS_DENIED') {
    return `Node's permission model does not allow reading it; run node with --allow-addons, and with --allow-fs-read for ${root} and its dependencies`;
  }
  return code === 'ERR_DLOPEN_FAILED' ? notLoaded(words, root) : notFound(words, root);
}

function disabled(): string {
  if ('permission' in process && process.permission !== undefined) {
    return "Node's permission model does not allow addons; run node with --allow-addons";
  }
  const isFromEnvironment = process.env.NODE_OPTIONS?.includes('--no-addons') === true;
  const where = isFromEnvironment ? ' in NODE_OPTIONS' : ', an option of node or of this worker';
  return `addons are switched off by --no-addons${where}; remove that option`;
}

function notFound(words: string, root: string): string {
  if (process.platform !== 'linux') {
    return `smipc runs on Linux only for now, and this is ${process.platform}`;
  }
  if (!words.startsWith('No native build was found')) return 'one of its files cannot be read';
  // node-gyp-build takes a folder that it cannot read for an empty one.
  for (const folder of [root, join(root, 'build', 'Release'), join(root, 'prebuilds')]) {
    const code = readFailure(folder);
    if (code !== undefined && code !== 'ENOENT') return `${folder} cannot be read: ${code}`;
  }
  return (
    `there is no binary for ${process.platform}-${process.arch} in ${root}, so the package's install` +
    ' script was blocked or failed; allow it with npm approve-scripts smipc (npm 11.16 and later)' +
    ` and run npm rebuild smipc, or ${build(root)}`
  );
}

function readFailure(folder: string): string | undefined {
  try {
    readdirSync(folder);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
  return undefined;
}

/** Works with every package manager, and runs no install scripts. */
function build(root: string): string {
  return `compile it: npx node-gyp rebuild in ${root} (needs a C++ compiler, make and Python)`;
}

function notLoaded(words: string, root: string): string {
  const version = /version `([^']+)' not found/.exec(words)?.[1];
  if (version !== undefined) {
    return `it was compiled on a newer system and needs ${version}; ${build(root)}`;
  }
  if (words.includes('NODE_MODULE_VERSION'))
    return `it was compiled for another version of Node; ${build(root)}`;
  // As glibc says it, and as musl does.
  const missing = /(\S+): cannot open shared object file: No such file/.exec(words)?.[1];
  const library = missing ?? /loading shared library (\S+): No such file/.exec(words)?.[1];
  const isOfOtherLibc = /^(ld-|libc\.musl|libc\.so)/.test(library ?? '');
  if (library !== undefined && !isOfOtherLibc && !existsSync(library)) {
    return `the library ${library} is missing on this system; install it, or ${build(root)}`;
  }
  if (library !== undefined || /ELF|Exec format|relocating|file too short/.test(words)) {
    return `it is damaged, or was compiled for another processor or C library; ${build(root)}`;
  }
  if (words.includes('Permission denied')) return 'this user is not allowed to read it';
  if (words.includes('failed to map segment')) {
    return 'its file system is mounted with noexec, or no more memory can be mapped';
  }
  return 'the dynamic linker rejected it';
}
