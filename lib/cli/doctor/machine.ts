/** What the system says of itself. What it does not say is undefined. */
import {
  lstatSync,
  readdirSync,
  readFileSync,
  type Stats,
  type StatsFs,
  statfsSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import process from 'node:process';

/** The text of a file of the kernel's, or of a configuration. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** A file that holds one number. `max` is infinity. */
export function readNumber(path: string): number | undefined {
  const text = readText(path);
  if (text === 'max') return Number.POSITIVE_INFINITY;
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** A figure in a text of lines such as `VmSize:  123 kB` or `active_file 123`. */
export function figureIn(text: string | undefined, name: string): number | undefined {
  const figure = new RegExp(`^${name}:?\\s+(\\d+)`, 'm').exec(text ?? '')?.[1];
  return figure === undefined ? undefined : Number(figure);
}

/** Of a link, the link itself. */
export function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/** Of the file system that a directory is in, or will be. */
export function fileSystemOf(directory: string): StatsFs | undefined {
  try {
    return statfsSync(nearest(directory));
  } catch {
    return undefined;
  }
}

/** The directory, or the nearest one above it that exists. */
export function nearest(directory: string): string {
  let path = directory;
  while (path !== dirname(path) && statOf(path) === undefined) path = dirname(path);
  return path;
}

export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

/** Undefined where there are no user ids. */
export function ownUser(): number | undefined {
  return process.geteuid?.();
}

/** `user 0`; the own one by its name, too. */
export function userText(uid: number): string {
  return uid === ownUser() ? `this user (${uid})` : `user ${uid}`;
}

/** The login name; undefined: the system has none for this user. */
export function loginName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

/** `0700` */
export function modeText(mode: number): string {
  return `0${(mode & 0o7777).toString(8)}`;
}

/** For a shell, if it has to be. What is no text, a terminal must not get: as bash and zsh write it. */
export function quoted(text: string): string {
  if (/^[\w./@+,:=-]+$/.test(text)) return text;
  if (!/\p{Cc}/u.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = text
    .replaceAll(/[\\']/g, '\\$&')
    .replaceAll(/\p{Cc}/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `$'${escaped}'`;
}

/** A limit of this process, as the kernel applies it: `Max open files`. Infinity: there is none. */
export function processLimit(name: string): number | undefined {
  const text = new RegExp(`^${name} +(\\w+)`, 'm').exec(readText('/proc/self/limits') ?? '')?.[1];
  if (text === undefined) return undefined;
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text);
}
