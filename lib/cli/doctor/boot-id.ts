/** Whether what an earlier boot left on a disk is told apart. */
import { type Check, ok, unknown, warning } from './check.js';
import { readText } from './machine.js';
import { mountOf } from './mounts.js';

const kFile = '/proc/sys/kernel/random/boot_id';

export const bootId: Check = {
  id: 'boot-id',
  examine({ directory }) {
    const id = readText(kFile);
    if (id !== undefined && /^[\da-f]{8}-/.test(id)) return ok(id);
    const type = mountOf(directory)?.type;
    if (type === undefined) return unknown(`${kFile} cannot be read`);
    if (type === 'tmpfs' || type === 'ramfs') {
      return ok(`${kFile} cannot be read, but nothing in ${type} outlives a boot`);
    }
    return warning(
      `${kFile} cannot be read, so what a crash of the machine has left in a channel may be taken for whole`,
      { advice: 'let this process see /proc, or use a directory in /dev/shm' },
    );
  },
};
