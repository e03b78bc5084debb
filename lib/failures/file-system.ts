/** The sentence about a directory whose file system cannot hold channels. */
import { readFileSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** Why a file system cannot hold channels. `systemError`: the errno of what it refused, if any. */
export function unusableText(directory: string | undefined, systemError: number): string {
  const type = directory === undefined ? undefined : fileSystemOf(directory);
  const fileSystem = type === undefined ? 'the file system' : `the file system ${type}`;
  return `${fileSystem} of ${directory} ${reason(systemError)};`;
}

function reason(systemError: number): string {
  switch (systemError) {
    case 0:
      return "does not share a file's memory between those who open it, so peers could not see each other";
    case constants.errno.EACCES:
      return 'lets users whom `permissions` excludes open its files';
    case constants.errno.ENODEV:
      return 'cannot map its files into shared memory';
    case constants.errno.ENOLCK:
      return 'has no file locks';
    default: {
      const known = getSystemErrorMap().get(-systemError);
      const [code, text] = known ?? ['EUNKNOWN', `system error ${systemError}`];
      return `cannot hold channels (${code}: ${text})`;
    }
  }
}

/** As mount(8) names it: `tmpfs`, `ext4`, `fuse.sshfs`; undefined if it cannot be found out. */
function fileSystemOf(directory: string): string | undefined {
  try {
    const path = realpathSync(directory);
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map(parseMount)
      .filter(({ point }) => isBelow(path, point));
    // The deepest one; of several at one point, the last covers the others.
    return mounts.reduce((best, mount) => (mount.point.length >= best.point.length ? mount : best))
      .type;
  } catch {
    // The directory has gone, or there is no /proc: the text does not name the file system.
    return undefined;
  }
}

interface Mount {
  point: string;
  type: string;
}

/** proc(5): six fields, optional ones, a dash, and the type. Spaces and the like are octal. */
function parseMount(line: string): Mount {
  const [before = '', after = ''] = line.split(' - ');
  const point = before.split(' ')[4] ?? '';
  return {
    point: point.replace(/\\([0-7]{3})/g, (_, octal) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    ),
    type: after.split(' ')[0] ?? '',
  };
}

function isBelow(path: string, point: string): boolean {
  return (
    path === point || (point !== '' && path.startsWith(point.endsWith('/') ? point : `${point}/`))
  );
}
