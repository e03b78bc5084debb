/** Finds the native addon, and loads it. */
import { basename, join } from 'node:path';
import process from 'node:process';
import { addons, file } from '#prebuilt';
import { type Attempt, loadFailure } from './load-failure.js';
import { copiedFile, isThere, loadFile, pathOf } from './load-file.js';
import { findAsset, kAsset } from './single-executable.js';
import { targetName } from './target.js';

/** Put in when the package is built: rolldown.config.js. */
declare const SMIPC_VERSION: string;

/** A place where the addon may be. */
interface Candidate {
  /** For messages. */
  readonly place: string;
  load(): unknown;
}

/**
 * The addon.
 * @param chosen its file, or the addon itself; undefined: SMIPC_ADDON names it, or it is looked for
 * @throws SmipcError `ERR_SMIPC_ADDON`
 */
export function findAddon(chosen: string | object | undefined): object {
  const named = chosen ?? pathOf(process.env.SMIPC_ADDON ?? '');
  const isNamed = named !== '';
  const root = packageFolder();
  const attempts: Attempt[] = [];
  // If a file is named, it is that one and no other.
  for (const { place, load } of isNamed ? [namedOne(named)] : candidates(root)) {
    try {
      return checked(load());
    } catch (error) {
      attempts.push({ place, error: error as NodeJS.ErrnoException });
    }
  }
  throw loadFailure({ attempts, isNamed, root });
}

/** An addon of this version, whose calls are those that this code makes. */
function checked(loaded: unknown): object {
  const { version } = loaded as { version?: unknown };
  if (typeof version !== 'string') throw new Error('it is not the native addon of smipc');
  if (version !== SMIPC_VERSION) {
    throw new Error(`it is the native addon of smipc ${version}, and this is ${SMIPC_VERSION}`);
  }
  return loaded as object;
}

function namedFile(file: string): Candidate {
  return { place: file, load: () => loadFile(file) };
}

function namedOne(named: string | object): Candidate {
  if (typeof named === 'string') return namedFile(named);
  return { place: 'what useAddon() was given', load: () => named };
}

function candidates(root: string | undefined): Candidate[] {
  const found = [...compiled(root), ...prebuilt(root)];
  const asset = findAsset();
  // An asset was put there on purpose.
  return asset === undefined ? found : [{ place: `asset ${kAsset}`, load: asset }, ...found];
}

/** Compiled by the user, or by who works on smipc; therefore before what came with the package. */
function compiled(root: string | undefined): Candidate[] {
  if (root === undefined) return [];
  return [join(root, 'native'), root]
    .map((folder) => join(folder, 'build', 'Release', 'smipc.node'))
    .filter(isThere)
    .map(namedFile);
}

function prebuilt(root: string | undefined): Candidate[] {
  const target = targetName();
  const addon = addons[target];
  if (addon === undefined) return [];
  const name = `${target}.node`;
  const place = root === undefined ? name : join(root, 'prebuilds', name);
  return [{ place, load: () => loadedOrCopied(addon()) }];
}

/** Bundlers may be told to copy the file, and return where it is: see prebuilt.cjs. */
function loadedOrCopied(found: unknown): unknown {
  const value = (found as { default?: unknown }).default ?? found;
  if (typeof value !== 'string') return value;
  // One of them is undefined in most bundles, and either may be that of the file before bundling.
  const bundles: (string | undefined)[] = [file, import.meta.url];
  return loadFile(copiedFile(value, bundles));
}

/** The folder of the package; undefined: this code is in the bundle of a program. */
function packageFolder(): string | undefined {
  if (file === undefined || basename(file) !== 'prebuilt.cjs') return undefined;
  return join(file, '..', '..');
}
