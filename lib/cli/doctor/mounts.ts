/** What is mounted where. */
import { realpathSync } from 'node:fs';
import { nearest, readText } from './machine.js';

/** A line of /proc/self/mountinfo: proc(5). */
export interface Mount {
  readonly root: string;
  readonly point: string;
  readonly type: string;
  /** Of this mount, and of its file system. */
  readonly options: string;
}

/** All mounts that this process sees; none where there is no /proc. */
export function mounts(): Mount[] {
  const text = readText('/proc/self/mountinfo');
  return text === undefined ? [] : text.split('\n').map(parseMount);
}

/** Six fields, optional ones, a dash, and the type. Spaces and the like are octal. */
function parseMount(line: string): Mount {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , root = '', point = '', options = ''] = before.split(' ').map(unescapeOctal);
  const [type = '', , superOptions = ''] = after.split(' ').map(unescapeOctal);
  return { root, point, type, options: `${options},${superOptions}` };
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** The mount that a directory is in, or will be; undefined: that is not shown. */
export function mountOf(directory: string): Mount | undefined {
  let path: string;
  try {
    path = realpathSync(nearest(directory));
  } catch {
    return undefined;
  }
  const around = mounts().filter(({ point }) => isBelow(path, point));
  // The deepest one; of several at one point, the last covers the others.
  return around.reduce<Mount | undefined>(
    (best, mount) => (mount.point.length >= (best?.point.length ?? 0) ? mount : best),
    undefined,
  );
}

function isBelow(path: string, point: string): boolean {
  return (
    path === point || (point !== '' && path.startsWith(point.endsWith('/') ? point : `${point}/`))
  );
}

/** The value of one of its options; '' of one without a value; undefined: it is not set. */
export function mountOption({ options }: Mount, name: string): string | undefined {
  const found = options.split(',').find((one) => one === name || one.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}
