/** Whether the memory that the file system promises is there: cgroups(7) and the machine's own. */
import { join } from 'node:path';
import { formatSize } from '../grammar/quantities.js';
import { type Check, failed, ok, unknown, warning } from './check.js';
import { controlGroups } from './control-groups.js';
import { figureIn, fileSystemOf, readNumber, readText } from './machine.js';
import { mountOf } from './mounts.js';

const kMachine = '/proc/meminfo';
const kKibibyte = 1024;
/** What v1 says for "no limit" is the largest number of pages, in bytes. */
const kNoLimit = 2 ** 62;
/** What smipc leaves to the process when it makes a channel. */
const kSpareBytes = 4 * 1024 * 1024;

/** A limit of memory, and how much of it can still be used. */
interface Limit {
  readonly file: string;
  readonly bytes: number;
  readonly left: number;
}

export const memory: Check = {
  id: 'memory',
  examine({ directory, capacity }) {
    const type = mountOf(directory)?.type;
    if (type !== undefined && type !== 'tmpfs' && type !== 'ramfs') {
      return ok(`the channels are in ${type}, not in memory`);
    }
    const limit = tightest();
    if (limit === undefined) return unknown('neither a cgroup nor /proc/meminfo says it');
    const found = fileSystemOf(directory);
    const free = found === undefined || found.blocks === 0 ? undefined : found.bavail * found.bsize;
    const room = `${formatSize(limit.left)} left of ${formatSize(limit.bytes)} in ${limit.file}`;
    const cure = {
      advice:
        limit.file === kMachine
          ? 'free some memory, add more, or use smaller channels'
          : 'raise the limit, e.g. with docker run --memory, or use smaller channels',
    };
    if (limit.left < capacity + kSpareBytes) {
      return failed(`too little memory for a channel of ${formatSize(capacity)}: ${room}`, cure);
    }
    // The machine's memory is shared with others, and much of what it has is left for them.
    const promised = limit.file === kMachine ? (free ?? 0) / 2 : (free ?? 0);
    if (free !== undefined && limit.left < promised) {
      return warning(
        `${room}, less than the ${formatSize(free)} that the file system shows as free`,
        cure,
      );
    }
    return ok(room);
  },
};

function tightest(): Limit | undefined {
  const limits = [...groupLimits(), ...machineLimit()];
  return limits.reduce<Limit | undefined>(
    (least, limit) => (least === undefined || limit.left < least.left ? limit : least),
    undefined,
  );
}

/** Of the group of this process, and of those above it. */
function groupLimits(): Limit[] {
  const { isV1, paths } = controlGroups('memory');
  return paths.flatMap((path) => {
    const file = join(path, isV1 ? 'memory.limit_in_bytes' : 'memory.max');
    const bytes = readNumber(file);
    const used = readNumber(join(path, isV1 ? 'memory.usage_in_bytes' : 'memory.current'));
    if (bytes === undefined || used === undefined || bytes >= kNoLimit) return [];
    return [{ file, bytes, left: Math.max(0, bytes - used + cachedIn(path, isV1)) }];
  });
}

/** What the kernel gives up when asked to: files that are on a disk, too. */
function cachedIn(path: string, isV1: boolean): number {
  const stat = readText(join(path, 'memory.stat'));
  const prefix = isV1 ? 'total_' : '';
  const figures = [`${prefix}active_file`, `${prefix}inactive_file`];
  return figures.reduce((sum, name) => sum + (figureIn(stat, name) ?? 0), 0);
}

function machineLimit(): Limit[] {
  const text = readText(kMachine);
  const available = figureIn(text, 'MemAvailable');
  const total = figureIn(text, 'MemTotal');
  if (available === undefined || total === undefined) return [];
  const swap = figureIn(text, 'SwapFree') ?? 0;
  return [
    {
      file: kMachine,
      bytes: total * kKibibyte,
      left: (available + swap) * kKibibyte,
    },
  ];
}
