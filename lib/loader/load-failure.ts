/** Why the native addon could not be loaded, and what to do about it. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { SmipcError } from '../errors/errors.js';
import { findLibc } from './libc.js';
import { isThere } from './load-file.js';
import { targetInWords } from './target.js';

/** A place where the addon was looked for, and why it was not loaded from there. */
export interface Attempt {
  /** A file, mostly. */
  readonly place: string;
  readonly error: NodeJS.ErrnoException;
}

/** What the advice depends on. */
export interface Search {
  readonly attempts: readonly Attempt[];
  /** Whether a file was named, by SMIPC_ADDON or useAddon(): then nothing else is tried. */
  readonly isNamed: boolean;
  /** The folder of the package; undefined: this code is in the bundle of a program. */
  readonly root: string | undefined;
}

const kHelp = 'docs/bundling-and-testing.md in the package';
/** Longer places are those of bundlers that put a whole file there. */
const kLongestPlace = 300;

/** The error for a search in which nothing was found. */
export function loadFailure(search: Search): SmipcError {
  const { attempts } = search;
  const tried = attempts
    .map(({ place, error }) => `${shortened(place)} (${shortened(firstLine(error))})`)
    .join(', ');
  const text =
    `the native addon cannot be loaded on ${targetInWords()}: ${adviceFor(search)}` +
    `; tried: ${tried || 'nothing'}`;
  const cause = decisive(attempts)?.error;
  return new SmipcError('ERR_SMIPC_ADDON', text, { syscall: 'open', cause });
}

function firstLine({ message }: Error): string {
  return String(message).split('\n', 1)[0] ?? '';
}

function shortened(text: string): string {
  return text.length > kLongestPlace ? `${text.slice(0, kLongestPlace)}…` : text;
}

/** A file that is there and was rejected tells more than one that is missing. */
function decisive(attempts: readonly Attempt[]): Attempt | undefined {
  return attempts.find(({ error }) => !isMissing(error)) ?? attempts[0];
}

function isMissing({ code, message }: NodeJS.ErrnoException): boolean {
  return code === 'MODULE_NOT_FOUND' || /cannot open shared object file: No such/.test(message);
}

function adviceFor({ attempts, isNamed, root }: Search): string {
  const attempt = decisive(attempts);
  if (attempt === undefined) return noBinary(root);
  const { place, error } = attempt;
  const words = firstLine(error);
  if (error.code === 'ERR_DLOPEN_DISABLED') return disabled();
  if (error.code === 'ERR_ACCESS_DENIED') {
    return `Node's permission model does not allow reading it; run node with --allow-addons, and with --allow-fs-read for ${root ?? place}`;
  }
  if (error.name === 'NotCapable') {
    return 'Deno does not allow it; run deno with --allow-ffi, --allow-read and --allow-env';
  }
  if (isNamed) return badChoice(place, error);
  if (isMissing(error) && !isThere(place)) return noFile(root);
  // A bundler's own words, or what it has put there.
  if (error.code === undefined && root === undefined) return notInBundle();
  if (error.code === undefined) return `${place} does not belong here; ${compile(root)}`;
  if (error.code !== 'ERR_DLOPEN_FAILED') return notExtracted(words);
  return notLoaded(words, root);
}

function disabled(): string {
  if ('permission' in process && process.permission !== undefined) {
    return "Node's permission model does not allow addons; run node with --allow-addons";
  }
  const isFromEnvironment = process.env.NODE_OPTIONS?.includes('--no-addons') === true;
  const where = isFromEnvironment ? ' in NODE_OPTIONS' : ', an option of node or of this worker';
  return `addons are switched off by --no-addons${where}; remove that option`;
}

/** For this system there is none in the package. */
function noBinary(root: string | undefined): string {
  if (process.platform !== 'linux') return 'smipc runs on Linux only for now';
  if (findLibc() === undefined) {
    return `name the right file of ${join(root ?? 'node_modules/smipc', 'prebuilds')} in SMIPC_ADDON`;
  }
  return `smipc has no binary for this system; ${compile(root)}`;
}

/** Nothing else is tried then, so nothing else helps. */
function badChoice(place: string, error: Error): string {
  const reason = isMissing(error) && !isThere(place) ? 'does not exist' : 'cannot be used';
  return `what SMIPC_ADDON or useAddon() names ${reason}; name another file, or none`;
}

/** Of an executable's asset, which is written to a temporary folder first. */
function notExtracted(words: string): string {
  return `it cannot be written to a temporary folder (${words}); set TMPDIR to a folder that can be written and executed, or name its file in SMIPC_ADDON`;
}

function noFile(root: string | undefined): string {
  if (root === undefined) return notInBundle();
  const folder = join(root, 'prebuilds');
  const code = readFailure(folder);
  if (code !== undefined && code !== 'ENOENT') return `${folder} cannot be read: ${code}`;
  return `its file is missing from the package; install smipc again, or ${compile(root)}`;
}

function notInBundle(): string {
  return `the bundle that smipc is in does not bring it; ${kHelp} says how each bundler does, or name its file in SMIPC_ADDON`;
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
function compile(root: string | undefined): string {
  const folder = root ?? 'node_modules/smipc';
  const isClone = isThere(join(folder, 'binding.gyp'));
  const place = isClone ? folder : join(folder, 'native');
  const then = root === undefined ? ', and name the file that this makes in SMIPC_ADDON' : '';
  return `compile it: npx node-gyp rebuild -C ${quoted(place)}${then} (needs a C++ compiler, make and Python)`;
}

/** For a shell, if it has to be. */
function quoted(path: string): string {
  return /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function notLoaded(words: string, root: string | undefined): string {
  const version = /version `([^']+)' not found/.exec(words)?.[1];
  if (version !== undefined)
    return `it needs ${version}, and this system is older; ${compile(root)}`;
  if (words.includes('NODE_MODULE_VERSION')) {
    return `it was compiled for another version of Node; ${compile(root)}`;
  }
  // As glibc says it, and as musl does.
  const missing = /(\S+): cannot open shared object file: No such file/.exec(words)?.[1];
  const library = missing ?? /loading shared library (\S+): No such file/.exec(words)?.[1];
  const isOfOtherLibc = /^(ld-|libc\.musl|libc\.so)/.test(library ?? '');
  if (library !== undefined && !isOfOtherLibc && !isThere(library)) {
    return `the library ${library} is missing on this system; install it, or ${compile(root)}`;
  }
  if (library !== undefined || /ELF|Exec format|relocating|file too short/.test(words)) {
    return `it is damaged, or was compiled for another processor or C library; ${compile(root)}`;
  }
  if (words.includes('Permission denied')) return 'this user is not allowed to read it';
  if (words.includes('failed to map segment')) {
    return 'its file system is mounted with noexec, or no more memory can be mapped; name a file elsewhere in SMIPC_ADDON, or set TMPDIR if this is a single executable';
  }
  return 'the dynamic linker rejected it';
}
