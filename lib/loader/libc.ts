/** Which C library this process runs on. An addon that is linked to another one must not be loaded. */
import { readFileSync } from 'node:fs';
import process from 'node:process';

export type Libc = 'glibc' | 'musl';

/** Deno says it without being asked for a permission. */
interface DenoGlobal {
  readonly Deno?: { readonly build?: { readonly env?: string } };
}

/**
 * By the libraries that are loaded: not by /etc/alpine-release, which other systems with musl do
 * not have. Where Linux does not show them, or the program is linked statically, by process.report,
 * which takes 2 to 15 ms longer.
 * @returns undefined: not known
 */
export function findLibc(): Libc | undefined {
  const deno = (globalThis as DenoGlobal).Deno?.build?.env;
  if (deno !== undefined) return deno === 'musl' ? 'musl' : 'glibc';
  const loaded = loadedLibraries();
  // musl's dynamic linker is its C library, too.
  if (/\/(ld-musl-|libc\.musl-)[^/\n]*$/m.test(loaded)) return 'musl';
  if (/\/libc(\.so\.6|-2\.\d+\.so)$/m.test(loaded)) return 'glibc';
  const header = reportHeader();
  if (header === undefined) return undefined;
  return header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/** The version of glibc that is loaded, for a message. Takes some milliseconds. */
export function glibcVersion(): string | undefined {
  return reportHeader()?.glibcVersionRuntime;
}

/** A line for each part of memory, with the path of its file at its end: proc(5). */
function loadedLibraries(): string {
  try {
    return readFileSync('/proc/self/maps', 'latin1');
  } catch {
    return '';
  }
}

interface Header {
  readonly glibcVersionRuntime?: string;
}

/** undefined: there are no reports, as in Deno without --allow-sys. */
function reportHeader(): Header | undefined {
  // Node has the setting from 20.13 on. Without it the names of network peers are looked up.
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report;
  const setting = report.excludeNetwork;
  if (setting === false) report.excludeNetwork = true;
  try {
    return (report.getReport() as { header: Header }).header;
  } catch {
    return undefined;
  } finally {
    if (setting === false) report.excludeNetwork = false;
  }
}
