/** Which system this is. */
import { release } from 'node:os';
import process from 'node:process';
import { type Check, failed, ok } from './check.js';

export const system: Check = {
  id: 'system',
  examine() {
    const { platform, arch } = process;
    if (platform !== 'linux') {
      return failed(`${platform}-${arch}: smipc runs on Linux only for now`);
    }
    return ok(`Linux ${release()}, ${arch}, ${cLibrary() ?? 'an unknown C library'}`);
  },
};

/** `glibc 2.36`, `musl`; undefined: the runtime does not say. */
export function cLibrary(): string | undefined {
  // Node has the setting from 20.13 on. Without it the names of network peers are looked up.
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report;
  try {
    report.excludeNetwork = true;
    const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
    const { glibcVersionRuntime: version } = header;
    // Deno 2.9 reports a version that is not the system's.
    if (process.versions.deno !== undefined) return version === undefined ? 'musl' : 'glibc';
    return version === undefined ? 'musl' : `glibc ${version}`;
  } catch {
    return undefined;
  }
}
