/** Room in the file system of the directory: bytes and files. */
import type { StatsFs } from 'node:fs';
import { formatSize } from '../grammar/quantities.js';
import { type Check, type Finding, failed, ok, type Scene, unknown, warning } from './check.js';
import { hugePageBytes } from './huge-pages.js';
import { fileSystemOf, nearest, quoted } from './machine.js';
import { mountOf } from './mounts.js';

/** What Docker and others give a container. */
const kDockerBytes = 64 * 1024 * 1024;
/** A channel's file has a header of one page, and pages have up to 64 KiB. */
export const kHeaderBytes = 65_536;
/** As many channels are to fit before it gets close. */
const kManyChannels = 16;
/** Files that opening a first channel creates: directory, bell, lifeline and channel. */
const kMostInodes = 4;
const kManyInodes = 64;

export const space: Check = {
  id: 'space',
  examine(scene) {
    const found = fileSystemOf(scene.directory);
    if (found === undefined) return unknown('the file system does not say how much is free');
    if (found.blocks === 0) return ok('the file system has no limit of its own');
    return judgeSpace(scene, found);
  },
};

function judgeSpace({ directory, capacity }: Scene, found: StatsFs): Finding {
  const { bavail, blocks, bsize } = found;
  const free = bavail * bsize;
  const total = blocks * bsize;
  const fits = Math.floor(Math.max(0, free - 2 * bsize) / bytesOf(capacity, directory));
  const channels = fits === 1 ? 'one channel' : `${fits} channels`;
  const room = `${formatSize(free)} of ${formatSize(total)} free: room for ${channels} of ${formatSize(capacity)}`;
  const cure = enlarging(directory, total);
  if (fits === 0) return failed(room, cure);
  if (total <= kDockerBytes) {
    return warning(
      `${room}; ${formatSize(total)} in all is little, as containers have it by default`,
      cure,
    );
  }
  if (fits < kManyChannels) return warning(room, cure);
  return ok(room);
}

/** What a channel takes of the file system. */
function bytesOf(capacity: number, directory: string): number {
  const mount = mountOf(directory);
  const unit = mount === undefined ? 1 : (hugePageBytes(mount) ?? 1);
  return Math.ceil((capacity + kHeaderBytes) / unit) * unit;
}

function enlarging(directory: string, total: number): { advice: string; command: string } {
  const mount = mountOf(directory);
  if (mount?.type === 'tmpfs') {
    return {
      advice:
        'enlarge it, here or with docker run --shm-size; or remove what is not used (smipc rm --stale)',
      command: `mount -o remount,size=${formatSize(Math.max(4 * total, 2 ** 30)).replace(/(\.\d+)? (\w).*/, '$2')} ${quoted(mount.point)}`,
    };
  }
  return {
    advice: 'free some space, or choose another directory with SMIPC_DIR',
    command: `df -h ${quoted(nearest(directory))}`,
  };
}

export const inodes: Check = {
  id: 'inodes',
  examine({ directory }) {
    const found = fileSystemOf(directory);
    if (found === undefined) return unknown('the file system does not say how many are free');
    const { ffree, files } = found;
    if (files === 0) return ok('the file system has no limit of files');
    const room = `${ffree} of ${files} files can still be made`;
    const mount = mountOf(directory);
    const cure =
      mount?.type === 'tmpfs'
        ? {
            advice: 'raise its option nr_inodes, or remove files there',
            command: `mount -o remount,nr_inodes=${Math.max(4 * files, 65_536)} ${quoted(mount.point)}`,
          }
        : { advice: 'remove files there, or choose another directory with SMIPC_DIR' };
    if (ffree < kMostInodes) {
      return failed(`${room}, and opening a first channel makes up to ${kMostInodes}`, cure);
    }
    return ffree < kManyInodes ? warning(room, cure) : ok(room);
  },
};
