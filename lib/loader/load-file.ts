/** Loads an addon from its file. */
import { existsSync } from 'node:fs';
// Not by its name, which webpack takes for its own.
import nodeModule from 'node:module';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The absolute path of a file that was named by its path or URL; '' for ''. */
export function pathOf(file: string | URL): string {
  if (file === '') return '';
  const isUrl = typeof file !== 'string' || file.startsWith('file:');
  return isUrl ? fileURLToPath(file) : resolve(file);
}

/** @throws what require() or process.dlopen() throws */
export function loadFile(path: string): unknown {
  // What was loaded once is returned again, even to another copy of this code.
  if (path.endsWith('.node')) return nodeModule.createRequire(path)(path);
  // Whatever the file is called, as some bundlers do.
  const module = { exports: {} };
  process.dlopen(module, path);
  return module.exports;
}

/** False, too, if Node's permission model does not allow asking; Node 20 throws then. */
export function isThere(path: string): boolean {
  try {
    return existsSync(path);
  } catch {
    return false;
  }
}

/**
 * The path of a file that a bundler has copied, from what it left in its place: the URL of a file,
 * a path from the bundle, or one from the folder that the bundle is in.
 * @param bundles what may be the bundle, as far as it is known: files, or their URLs
 */
export function copiedFile(place: string, bundles: readonly (string | undefined)[]): string {
  if (place.startsWith('file:')) return fileURLToPath(place);
  if (isAbsolute(place) && isThere(place)) return place;
  const folders = bundles
    .filter((bundle) => bundle !== undefined)
    .map((bundle) => dirname(pathOf(bundle)));
  // Without the folders that a web server may have instead: a bundler's public path.
  const paths = [place, basename(place)].flatMap((one) =>
    folders.map((folder) => join(folder, one)),
  );
  return paths.find(isThere) ?? paths[0] ?? resolve(place);
}
