/** What is wrong with a path: with its parts, links or length. */
import { Buffer } from 'node:buffer';
import { basename, dirname, join } from 'node:path';
import { type Attempt, kElsewhere } from './attempt.js';
import { lstat, stat } from './machine.js';

const kLongestPath = 4095;
const kLongestName = 255;

export function noDirectory({ directory }: Attempt): string | undefined {
  const found = lstat(directory);
  if (found?.isSymbolicLink() === true) {
    return stat(directory)?.isDirectory() === true
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

export function tooManyLinks({ directory, channel }: Attempt): string {
  const file = channel === undefined ? undefined : lstat(join(directory, channel));
  if (file?.isSymbolicLink() === true) {
    return `${join(directory, channel as string)} is a symbolic link, and links are not followed: remove it, or use another name`;
  }
  return `${directory} leads through too many symbolic links; ${kElsewhere}`;
}

export function nameTooLong({ directory, channel = '' }: Attempt): string {
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
