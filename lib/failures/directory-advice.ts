/** Who may use a directory and what is in it, and who holds its lock. */
import { dirname, join } from 'node:path';
import process from 'node:process';
import { type Attempt, kElsewhere } from './attempt.js';
import { lstat, nearest, read, stat } from './machine.js';

export function noAccess({ directory, channel }: Attempt): string {
  const file = channel === undefined ? undefined : join(directory, channel);
  const facts =
    (file && describe(file)) ?? describe(directory) ?? describe(nearest(dirname(directory)));
  const seen = facts === undefined ? `a directory above ${directory} cannot be entered` : facts;
  return `${seen}, and ${self()}; file modes, the file system or a security module deny access: change them, or ${kElsewhere}`;
}

export function notPermitted({ directory, channel }: Attempt): string | undefined {
  const place = stat(directory);
  const file = channel === undefined ? undefined : lstat(join(directory, channel));
  const isSticky = place !== undefined && (place.mode & 0o1000) !== 0;
  if (place === undefined) {
    // mkdir() gives it, too, where a file system takes no new directories.
    return `the file system at ${nearest(dirname(directory))} does not let this process make ${directory}; ${kElsewhere}`;
  }
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

function octal(mode: number): string {
  return `0${(mode & 0o7777).toString(8)}`;
}
