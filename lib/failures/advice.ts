/**
 * What a system error means here, and what to do about it: which limit was reached, its value, and
 * the way out. It examines the machine after the failure, so it says only what it finds; where it
 * finds no cause it names the directory, and does not guess.
 */
import { Buffer } from 'node:buffer';
import {
  closeSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { loadAddon } from '../environment/addon.js';
import { kLimitFields, unpack } from '../environment/contract.js';

/** What was tried. */
export interface Attempt {
  channel?: string | undefined;
  directory: string;
  /** Bytes of the ring, if one was to be created. */
  wantedBytes?: number | undefined;
  /** The file mode that says which users may open the channel. */
  permissions?: number | undefined;
}

/** Files that opening a first channel creates: directory, bell, lifeline and channel. */
const kMostInodes = 4;

export const kElsewhere = 'choose another directory with SMIPC_DIR or the option `dir`';
/** statfs(2), TMPFS_MAGIC. */
const kTmpfs = 0x01021994;
const kLongestPath = 4095;
const kLongestName = 255;
/** Mappings that a channel takes: the address range that it reserves is divided into that many. */
const kMappings = 4;

/** The text that follows the system's own words for the error. */
export function adviceFor(code: string, attempt: Attempt): string {
  let text: string | undefined;
  try {
    text = kAdvice[code]?.(attempt);
  } catch {
    // Without memory or descriptors, finding the cause may fail, too. The error itself is what
    // counts.
  }
  return text === undefined ? ` (in ${attempt.directory})` : ` (${text})`;
}

const kAdvice: Record<string, ((attempt: Attempt) => string | undefined) | undefined> = {
  EACCES: noAccess,
  EAGAIN: noThread,
  EDQUOT: ({ directory, wantedBytes }) =>
    `the disk quota of the file system at ${directory} is used up${needed(wantedBytes)}; free some space, or ${kElsewhere}`,
  EFBIG: fileTooLarge,
  ELOOP: tooManyLinks,
  EMFILE: () => {
    const { descriptors } = limits();
    return `this process has reached its limit of ${descriptors} open files: close some, or raise the limit (ulimit -n)`;
  },
  ENAMETOOLONG: nameTooLong,
  ENFILE: () =>
    `the system has reached its limit of open files${systemLimit('fs/file-max')}: raise it (sysctl fs.file-max)`,
  ENOMEM: noMappings,
  ENOSPC: noSpace,
  ENOTDIR: noDirectory,
  EPERM: notPermitted,
  EROFS: ({ directory }) => `the file system at ${directory} is read-only; ${kElsewhere}`,
  ESTALE: ({ directory }) =>
    `the file system at ${directory} no longer has the file: channels need a file system of this machine, not of a server; ${kElsewhere}`,
};

function needed(bytes: number | undefined): string {
  return bytes === undefined ? '' : `, and the ring needs ${bytes} bytes`;
}

// --- the machine --------------------------------------------------------------------------------

function limits(): Record<(typeof kLimitFields)[number], number> {
  const fields = new Float64Array(kLimitFields.length);
  loadAddon().limits(fields);
  return unpack(kLimitFields, fields);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return undefined;
  }
}

function systemLimit(name: string): string {
  const limit = read(`/proc/sys/${name}`);
  return limit === undefined ? '' : `, ${limit}`;
}

function stat(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function lstat(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

function octal(mode: number): string {
  return `0${(mode & 0o7777).toString(8)}`;
}

/** The directory, or the nearest one above it that exists. */
function nearest(directory: string): string {
  let path = directory;
  while (path !== dirname(path) && stat(path) === undefined) path = dirname(path);
  return path;
}

// --- space --------------------------------------------------------------------------------------

function noSpace({ directory, wantedBytes = 0 }: Attempt): string | undefined {
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

function fileTooLarge({ directory, wantedBytes = 0 }: Attempt): string {
  const { fileBytes } = limits();
  if (wantedBytes + 65_536 > fileBytes) {
    return `this process may write files of at most ${fileBytes} bytes, and the ring needs ${wantedBytes} bytes: use a smaller \`capacity\`, or raise the limit (ulimit -f)`;
  }
  return `the file system at ${directory} cannot hold a file of ${wantedBytes} bytes plus a header: use a smaller \`capacity\`, or ${kElsewhere}`;
}

function noMappings({ wantedBytes }: Attempt): string {
  const { addressSpaceBytes: addressSpace } = limits();
  const size = /^VmSize:\s*(\d+)/m.exec(read('/proc/self/status') ?? '')?.[1];
  const used = Number(size) * 1024;
  // The ring is mapped twice.
  const mapped = 2 * (wantedBytes ?? 0);
  if (used + mapped + 65_536 > addressSpace) {
    return `the address space of this process is limited to ${addressSpace} bytes, of which ${used} are used, and the ring needs twice its size, ${mapped} bytes: use a smaller \`capacity\`, or raise the limit (ulimit -v)`;
  }
  const most = Number(read('/proc/sys/vm/max_map_count'));
  const count = countMappings();
  if (count !== undefined && count + kMappings >= most) {
    return `this process has ${count} memory mappings of at most ${most}, and a channel needs ${kMappings}: close some channels, or raise the limit (sysctl vm.max_map_count)`;
  }
  return `too little memory or address space is free${needed(wantedBytes)}`;
}

/** Reads in small pieces: a process that can map no more memory has none for a long text. */
function countMappings(): number | undefined {
  const piece = new Uint8Array(4096);
  let count = 0;
  try {
    const fd = openSync('/proc/self/maps', 'r');
    try {
      for (;;) {
        const size = readSync(fd, piece);
        if (size === 0) return count;
        for (let i = 0; i < size; i++) if (piece[i] === 0x0a) count++;
      }
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

function noThread(): string {
  const { addressSpaceBytes: addressSpace, threads } = limits();
  const known: string[] = [];
  if (threads !== Infinity) known.push(`${threads} threads of this user (ulimit -u)`);
  if (addressSpace !== Infinity) known.push(`${addressSpace} bytes of address space (ulimit -v)`);
  const group = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1];
  for (let path = group; path !== undefined; path = path === '/' ? undefined : dirname(path)) {
    const most = read(join('/sys/fs/cgroup', path, 'pids.max'));
    if (most !== undefined && most !== 'max')
      known.push(`${most} threads in cgroup ${path} (pids.max)`);
  }
  const found = known.length === 0 ? 'none found' : known.join(', ');
  return `the waiter thread could not be started; limits: ${found}; end some threads, or raise a limit`;
}

// --- rights -------------------------------------------------------------------------------------

/** Who owns a file, and its mode; undefined: it cannot be examined. */
function describe(path: string): string | undefined {
  const found = lstat(path);
  return found && `${path} belongs to ${owner(found.uid)} and has mode ${octal(found.mode)}`;
}

function self(): string {
  return `this process runs as user ${process.geteuid?.()}`;
}

function owner(uid: number): string {
  return isUnmapped(uid) ? `a user that this user namespace does not map (${uid})` : `user ${uid}`;
}

/** user_namespaces(7): ids that are not mapped all look like one id, which a user may have, too. */
function isUnmapped(uid: number): boolean {
  const map = read('/proc/self/uid_map')?.split(/\s+/).map(Number) ?? [];
  const isInitial = map.length === 3 && map[0] === 0 && map[1] === 0 && (map[2] ?? 0) > 0xffff_fff0;
  return !isInitial && uid === Number(read('/proc/sys/kernel/overflowuid'));
}

function noAccess({ directory, channel }: Attempt): string {
  const file = channel === undefined ? undefined : join(directory, channel);
  const facts =
    (file && describe(file)) ?? describe(directory) ?? describe(nearest(dirname(directory)));
  const seen = facts === undefined ? `a directory above ${directory} cannot be entered` : facts;
  return `${seen}, and ${self()}; file modes, the file system or a security module deny access`;
}

function notPermitted({ directory, channel }: Attempt): string | undefined {
  const place = stat(directory);
  const file = channel === undefined ? undefined : lstat(join(directory, channel));
  const isSticky = place !== undefined && (place.mode & 0o1000) !== 0;
  if (!isSticky || file === undefined || file.uid === process.geteuid?.()) return undefined;
  return `${join(directory, channel as string)} belongs to ${owner(file.uid)}, and from a directory with the sticky bit only its owner may remove it`;
}

/** Why other users could put files into the directory: nothing in it would be safe. */
export function openToOthersAdvice({ directory, permissions = 0 }: Attempt): string {
  const found = stat(directory);
  if (found === undefined) return '';
  const { uid, mode } = found;
  if (uid !== 0 && uid !== process.geteuid?.()) {
    return `: ${directory} belongs to ${owner(uid)}, and ${self()}; ${kElsewhere}`;
  }
  const others = mode & 0o022 & ~permissions;
  const who =
    others === 0o020 ? 'its group' : others === 0o002 ? 'everybody' : 'its group and everybody';
  const isShared = (mode & 0o1000) !== 0;
  const advice = isShared
    ? `use a directory of your own in it, such as ${join(directory, 'channels')}`
    : 'remove that right (chmod go-w), or include them in `permissions`';
  return (
    `: ${directory} has mode ${octal(mode)}, so ${who} may write there, but \`permissions\`` +
    ` ${octal(permissions)} excludes them; ${advice}`
  );
}

// --- names --------------------------------------------------------------------------------------

function noDirectory({ directory }: Attempt): string | undefined {
  const found = lstat(directory);
  if (found?.isSymbolicLink() === true) {
    return isDirectory(directory)
      ? `${directory} is a symbolic link: use the directory that it points to`
      : `${directory} is a symbolic link that points to no directory: use a directory`;
  }
  // The uppermost part of the path that is not a directory.
  let culprit: string | undefined;
  for (let path = directory; path !== dirname(path); path = dirname(path)) {
    if (stat(path)?.isDirectory() === false) culprit = path;
  }
  return culprit && `${culprit} is not a directory; ${kElsewhere}`;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function tooManyLinks({ directory, channel }: Attempt): string {
  const file = channel === undefined ? undefined : lstat(join(directory, channel));
  if (file?.isSymbolicLink() === true) {
    return `${join(directory, channel as string)} is a symbolic link, and links are not followed: remove it, or use another name`;
  }
  return `${directory} leads through too many symbolic links; ${kElsewhere}`;
}

function nameTooLong({ directory, channel = '' }: Attempt): string {
  const path = Buffer.byteLength(directory);
  if (path > kLongestPath) {
    return `the directory's path has ${path} bytes, more than the limit of ${kLongestPath}: use a shorter one`;
  }
  for (let part = directory; part !== dirname(part); part = dirname(part)) {
    const size = Buffer.byteLength(basename(part));
    if (size > kLongestName) {
      return `a name in the path ${directory} has ${size} bytes, more than the limit of ${kLongestName}: use a shorter one`;
    }
  }
  const size = Buffer.byteLength(channel);
  return `the channel's name has ${size} bytes, too many for the file system at ${directory}: use a shorter one, or ${kElsewhere}`;
}

/** Which process holds the lock of a directory, if it is in this PID namespace. */
export function lockHolderAdvice(directory: string): string {
  const found = stat(directory);
  const locks = read('/proc/locks')?.split('\n') ?? [];
  const pid = locks
    .map((line) => /FLOCK\s+\S+\s+WRITE\s+(\d+)\s+\w+:\w+:(\d+)/.exec(line))
    .find((match) => found !== undefined && match?.[2] === String(found.ino))?.[1];
  const holder = pid === undefined || pid === '0' ? '' : `, held by process ${pid}`;
  return ` (${directory}${holder}; that process may be suspended: continue it, or end it)`;
}
