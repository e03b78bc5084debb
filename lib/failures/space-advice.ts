/** What there is no space for: in the file system of the directory, or in one of its files. */
import { statfsSync } from 'node:fs';
import { type Attempt, kElsewhere, needed } from './attempt.js';
import { limits, nearest } from './machine.js';

/** Files that opening a first channel creates: directory, bell, lifeline and channel. */
const kMostInodes = 4;
/** statfs(2), TMPFS_MAGIC. */
const kTmpfs = 0x01021994;

export function noQuota({ directory, wantedBytes }: Attempt): string {
  return `the disk quota of the file system at ${directory} is used up${needed(wantedBytes)}; free some space, or ${kElsewhere}`;
}

export function noSpace({ directory, wantedBytes = 0 }: Attempt): string | undefined {
  // The directory itself may be what could not be created.
  const place = nearest(directory);
  let space: ReturnType<typeof statfsSync>;
  try {
    space = statfsSync(place);
  } catch {
    return undefined;
  }
  const { bavail, blocks, bsize, ffree, files, type } = space;
  const free = bavail * bsize;
  // The native side leaves the last block free.
  const isFull = blocks > 0 && free <= wantedBytes + 2 * bsize;
  if (files > 0 && (ffree === 0 || (!isFull && ffree < kMostInodes))) {
    const limit = type === kTmpfs ? 'its option nr_inodes' : 'its number of inodes';
    const state =
      ffree === 0 ? 'are used' : `but ${ffree} are used, and opening needs up to ${kMostInodes}`;
    return (
      `no file can be created: all ${files} inodes of the file system at ${place} ${state};` +
      ` remove files there, raise ${limit}, or ${kElsewhere}`
    );
  }
  if (!isFull) {
    return (
      `the ring needs ${wantedBytes} bytes, and ${free} bytes and ${ffree} inodes are free in ${place}:` +
      ' another limit was reached, or space was freed in the meantime'
    );
  }
  const larger =
    type === kTmpfs
      ? 'enlarge it (mount -o remount,size=; for a container: docker run --shm-size)'
      : 'free some space';
  return (
    `a ring of ${wantedBytes} bytes and its header need more than the ${free} bytes free in ${place};` +
    ` ${larger}, use a smaller \`capacity\`, or ${kElsewhere}`
  );
}

export function fileTooLarge({ directory, wantedBytes = 0 }: Attempt): string {
  const { fileBytes } = limits();
  if (wantedBytes + 65_536 > fileBytes) {
    return `this process may write files of at most ${fileBytes} bytes, and the ring needs ${wantedBytes} bytes: use a smaller \`capacity\`, or raise the limit (ulimit -f)`;
  }
  return `the file system at ${directory} cannot hold a file of ${wantedBytes} bytes plus a header: use a smaller \`capacity\`, or ${kElsewhere}`;
}
