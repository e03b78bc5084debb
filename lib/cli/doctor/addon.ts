/** Which file of the native addon was loaded. */
import { basename } from 'node:path';
import process from 'node:process';
import { type Check, failed, ok, unknown } from './check.js';
import { cLibrary } from './system.js';

export const addon: Check = {
  id: 'addon',
  async examine({ trial }) {
    const { loadRefusal, version, addon: path } = await trial();
    if (loadRefusal !== undefined) {
      return failed(loadRefusal.message, {
        advice: 'the text says what was tried, and what to do; see docs/installing.md',
      });
    }
    if (version === undefined) return unknown('the trial ended before it was loaded');
    if (path === undefined)
      return ok(`loaded, version ${version}; this system does not show its file`);
    return ok(`${path}, ${originOf(path)}, version ${version}`);
  },
};

/** Where a file of that path comes from, and for which system it is. */
function originOf(path: string): string {
  if (/\/prebuilds\/[^/]+\.node$/.test(path)) return `prebuilt for ${basename(path, '.node')}`;
  const [libc = 'unknown'] = (cLibrary() ?? '').split(' ');
  const target = `${process.platform}-${process.arch}-${libc || 'unknown'}`;
  if (path.endsWith('/build/Release/smipc.node')) return `compiled here for ${target}`;
  return process.env.SMIPC_ADDON ? 'named by SMIPC_ADDON' : `not of this package, for ${target}`;
}
