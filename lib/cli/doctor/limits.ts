/** What the system allows this process: a table. */
import { join } from 'node:path';
import { formatSize } from '../grammar/quantities.js';
import { type Check, type Finding, failed, ok, type Scene, unknown, warning } from './check.js';
import { controlGroups } from './control-groups.js';
import { figureIn, namesIn, ownUser, processLimit, readNumber, readText } from './machine.js';
import { kHeaderBytes } from './space.js';

/** What a program needs that uses some channels beside what it does. */
const kFewDescriptors = 64;
const kManyDescriptors = 256;
const kFewThreads = 8;
/** A channel's end: the range that it reserves is divided into that many. */
const kMappings = 4;
const kManyMappings = 16_384;

interface Limit {
  readonly id: string;
  examine(scene: Scene): Finding | undefined;
}

const kLimits: readonly Limit[] = [
  {
    id: 'descriptors',
    examine() {
      const most = processLimit('Max open files');
      if (most === undefined) return undefined;
      const reason = `this process may open ${countText(most)} files`;
      const cure = { advice: 'raise the limit', command: 'ulimit -n 1024' };
      if (most < kFewDescriptors) return failed(reason, cure);
      return most < kManyDescriptors ? warning(reason, cure) : ok(reason);
    },
  },
  {
    id: 'file-size',
    examine({ capacity }) {
      const most = processLimit('Max file size');
      if (most === undefined) return undefined;
      const reason = `a file may have ${sizeText(most)}`;
      if (most >= capacity + kHeaderBytes) return ok(reason);
      return failed(`${reason}, and a channel of ${formatSize(capacity)} takes more`, {
        advice: 'raise the limit, or use smaller channels (--capacity)',
        command: 'ulimit -f unlimited',
      });
    },
  },
  {
    id: 'address-space',
    examine({ capacity }) {
      const most = processLimit('Max address space');
      if (most === undefined) return undefined;
      const used = (figureIn(readText('/proc/self/status'), 'VmSize') ?? 0) * 1024;
      const reason = `this process may use ${sizeText(most)} of address space`;
      // The ring is mapped twice.
      if (used + 2 * capacity + kHeaderBytes <= most) return ok(reason);
      return failed(`${reason}, and uses ${formatSize(used)} already`, {
        advice: 'raise the limit, or use smaller channels (--capacity)',
        command: 'ulimit -v unlimited',
      });
    },
  },
  {
    id: 'mappings',
    examine() {
      const most = readNumber('/proc/sys/vm/max_map_count');
      if (most === undefined) return undefined;
      const reason = `a process may have ${most} memory mappings, and an end of a channel takes ${kMappings}`;
      if (most >= kManyMappings) return ok(reason);
      return warning(reason, {
        advice: 'raise the limit',
        command: 'sysctl -w vm.max_map_count=65530',
      });
    },
  },
  { id: 'threads', examine: () => judgeThreads() },
];

export const limits: readonly Check[] = kLimits.map(({ id, examine }) => ({
  id,
  examine: (scene) => examine(scene) ?? unknown('/proc does not say it'),
}));

function judgeThreads(): Finding | undefined {
  const rooms = [userRoom(), ...groupRooms()].filter((room) => room !== undefined);
  if (rooms.length === 0)
    return readText('/proc/self/limits') === undefined ? undefined : ok('no limit');
  const [room] = rooms.sort((a, b) => a.left - b.left);
  if (room === undefined) return undefined;
  const reason = `${Math.max(0, room.left)} more threads of ${room.most} in ${room.name}`;
  if (room.left >= kFewThreads) return ok(reason);
  return failed(`${reason}: a program that uses channels starts up to ${kFewThreads}`, {
    advice: 'end some threads, or raise the limit',
    ...(room.command === undefined ? {} : { command: room.command }),
  });
}

interface Room {
  readonly name: string;
  readonly most: number;
  readonly left: number;
  readonly command?: string;
}

/** Root is not bound by the limit. */
function userRoom(): Room | undefined {
  const most = processLimit('Max processes');
  if (most === undefined || most === Number.POSITIVE_INFINITY || ownUser() === 0) return undefined;
  const left = most - threadsOfUser();
  return { name: 'all processes of this user', most, left, command: 'ulimit -u unlimited' };
}

/** As far as this process is shown other processes. */
function threadsOfUser(): number {
  const uid = ownUser();
  const statuses = namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readText(`/proc/${pid}/status`));
  return statuses
    .filter((status) => figureIn(status, 'Uid') === uid)
    .reduce((sum, status) => sum + (figureIn(status, 'Threads') ?? 0), 0);
}

function groupRooms(): Room[] {
  return controlGroups('pids').paths.flatMap((path) => {
    const most = readNumber(join(path, 'pids.max'));
    const used = readNumber(join(path, 'pids.current'));
    if (most === undefined || used === undefined || most === Number.POSITIVE_INFINITY) return [];
    return [{ name: join(path, 'pids.max'), most, left: most - used }];
  });
}

const countText = (most: number): string =>
  most === Number.POSITIVE_INFINITY ? 'any number of' : String(most);
const sizeText = (most: number): string =>
  most === Number.POSITIVE_INFINITY ? 'any size' : formatSize(most);
