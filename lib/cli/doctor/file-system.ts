/** Whether the file system of the directory can hold channels: docs/file-systems.md. */
import { type Check, type Finding, failed, ok, unknown, warning } from './check.js';
import { type Mount, mountOf, mountOption } from './mounts.js';

type Judge = (place: string) => Finding;

const inMemory: Judge = (place) => ok(`${place}, in memory`);
const onDisk: Judge = (place) =>
  warning(`${place}: works, but what goes through a channel is written to the disk by and by`, {
    advice: 'use a directory in /dev/shm, or in another tmpfs',
  });
const layered: Judge = (place) =>
  warning(
    `${place}: works, but only between processes that use this very mount; the directory below it is another place`,
    { advice: 'use a directory in /dev/shm, or in another tmpfs' },
  );
const untried: Judge = (place) =>
  warning(`${place}: smipc was not tried there`, {
    advice: 'use a directory in /dev/shm, or in another tmpfs',
  });
const unusable: Judge = (place) =>
  failed(`${place}: cannot hold channels`, {
    advice: 'use a directory in /dev/shm, or in another tmpfs',
  });

/** By the type, as mount(8) names it. */
const kTypes: readonly (readonly [RegExp, Judge])[] = [
  [/^(tmpfs|devtmpfs|ramfs)$/, inMemory],
  [/^(ext[234]|xfs|btrfs|f2fs|fuseblk)$/, onDisk],
  [/^(overlay|fuse(\..+)?)$/, layered],
  [/^(hugetlbfs|squashfs|proc|sysfs|cgroup2?|devpts|iso9660|fuse\.fusefat)$/, unusable],
];

export const fileSystem: Check = {
  id: 'file-system',
  async examine({ directory, trial }) {
    const mount = mountOf(directory);
    if (mount === undefined) return unknown('/proc/self/mountinfo does not show it');
    const place = `${mount.type} at ${mount.point}`;
    if (mountOption(mount, 'ro') !== undefined) {
      return failed(`${place} is read-only`, { advice: 'choose another directory with SMIPC_DIR' });
    }
    // What was tried tells more than a name.
    const { openRefusal: refusal } = await trial();
    if (refusal?.code === 'ERR_SMIPC_DIRECTORY') return failed(refusal.message);
    return judge(mount, place);
  },
};

function judge({ type }: Mount, place: string): Finding {
  // The last one that fits is the most exact.
  const [, found = untried] = kTypes.findLast(([pattern]) => pattern.test(type)) ?? [];
  return found(place);
}
