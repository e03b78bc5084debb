/** What is behind a descriptor, and so how bytes move to or from it while signals are heard. */

import { constants, fstatSync, openSync, type Stats, statfsSync } from 'node:fs';
import process from 'node:process';
import { isWaitable } from '../terminal/terminal.js';

/**
 * - `prompt`: a call of the system waits for nobody, so it is made right here. No thread is woken,
 *   and no memory but the ring and the file is touched.
 * - `waitable`: a terminal, a pipe or a socket, for which the event loop waits.
 * - `slow`: all others, such as files over a network and devices. Node's thread pool waits for them.
 */
export type DescriptorKind = 'prompt' | 'waitable' | 'slow';

/**
 * File systems of this machine, in its memory or on its disks, by their numbers (statfs(2)). Not those
 * in /proc and /sys: some of their files wait until something happens.
 */
const kLocalFileSystems = new Set([
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0xf2f52010, // f2fs
  0x2fc12fc1, // zfs
  0x794c7630, // overlay
]);

/** null, zero, full and urandom (Linux, devices.txt: 1 is memory). */
const kMemoryDevice = 1;
const kPromptDevices = new Set([3, 5, 7, 9]);

export function kindOf(fd: number): DescriptorKind {
  if (isWaitable(fd)) return 'waitable';
  return isPrompt(fd, fstatSync(fd)) ? 'prompt' : 'slow';
}

function isPrompt(fd: number, stats: Stats): boolean {
  if (process.platform !== 'linux') return false;
  if (stats.isCharacterDevice()) {
    return stats.rdev >> 8 === kMemoryDevice && kPromptDevices.has(stats.rdev & 0xff);
  }
  return stats.isFile() && kLocalFileSystems.has(fileSystemOf(fd));
}

/** 0: it cannot be told, without /proc. */
function fileSystemOf(fd: number): number {
  try {
    return statfsSync(`/proc/self/fd/${fd}`).type;
  } catch {
    return 0;
  }
}

/**
 * A descriptor of a pipe that does not block, beside one that others share: what libuv sets for a
 * descriptor holds for all who share it, also when this program is gone. The same one, if there can
 * be none, or it is no pipe.
 */
export function unshared(fd: number, access: 'read' | 'write'): number {
  if (!fstatSync(fd).isFIFO()) return fd;
  const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;
  try {
    return openSync(`/proc/self/fd/${fd}`, (access === 'read' ? O_RDONLY : O_WRONLY) | O_NONBLOCK);
  } catch {
    // Another user's, or there is no /proc.
    return fd;
  }
}
