/** Whether a tmpfs gives its files huge pages. */
import { formatSize } from '../grammar/quantities.js';
import { type Check, ok, unknown, warning } from './check.js';
import { quoted, readNumber, readText } from './machine.js';
import { type Mount, mountOf, mountOption } from './mounts.js';

const kSettings = '/sys/kernel/mm/transparent_hugepage';
/** What may overrule the mount's own option. */
const kSetting = `${kSettings}/shmem_enabled`;

export const hugePages: Check = {
  id: 'huge-pages',
  examine({ directory }) {
    const mount = mountOf(directory);
    if (mount === undefined) return unknown('/proc/self/mountinfo does not show it');
    if (mount.type !== 'tmpfs') return ok(`${mount.type} has no such option`);
    const huge = mountOption(mount, 'huge') ?? 'never';
    const size = hugePageBytes(mount);
    if (size === undefined) return ok(huge === 'never' ? 'none' : `huge=${huge}`);
    const source = overruling() === 'force' ? `${kSetting} says force` : 'the option huge=always';
    return warning(
      `${source}: each channel, however small, and each process that uses channels takes a huge page of ${formatSize(size)}`,
      {
        advice: 'use huge=within_size, which gives huge pages only to files that fill them',
        command: `mount -o remount,huge=within_size ${quoted(mount.point)}`,
      },
    );
  },
};

/** The least that a file takes in a tmpfs with huge pages for every file; undefined: it has not. */
export function hugePageBytes(mount: Mount): number | undefined {
  const rule = overruling();
  const isAlways = rule === 'force' || mountOption(mount, 'huge') === 'always';
  if (mount.type !== 'tmpfs' || rule === 'deny' || !isAlways) return undefined;
  return readNumber(`${kSettings}/hpage_pmd_size`);
}

function overruling(): string | undefined {
  return /\[(deny|force)\]/.exec(readText(kSetting) ?? '')?.[1];
}
