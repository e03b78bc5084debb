/** What this process needs an addon for. */
import process from 'node:process';
import { findLibc, glibcVersion } from './libc.js';

/** As the files in prebuilds/ are called: `linux-x64-glibc`, `darwin-arm64`. */
export function targetName(): string {
  const { platform, arch } = process;
  return platform === 'linux'
    ? `${platform}-${arch}-${findLibc() ?? 'unknown'}`
    : `${platform}-${arch}`;
}

/** The same in words, for a message: `linux-x64 with glibc 2.36`. */
export function targetInWords(): string {
  const { platform, arch } = process;
  if (platform !== 'linux') return `${platform}-${arch}`;
  const libc = findLibc();
  if (libc === undefined) return `${platform}-${arch} with an unknown C library`;
  const version = libc === 'glibc' ? glibcVersion() : undefined;
  return `${platform}-${arch} with ${libc}${version === undefined ? '' : ` ${version}`}`;
}
