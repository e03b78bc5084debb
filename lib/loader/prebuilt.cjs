/**
 * The native addon of each target. The paths are literal, and this file is what it is in dist/, too:
 * bundlers see what a program needs only where a literal path is required. Instead of the addon, one
 * that bundlers were told to copy may return where it has put the file.
 */
'use strict';

exports.addons = {
  'linux-arm64-glibc': () => require('../prebuilds/linux-arm64-glibc.node'),
  'linux-arm64-musl': () => require('../prebuilds/linux-arm64-musl.node'),
  'linux-ppc64-glibc': () => require('../prebuilds/linux-ppc64-glibc.node'),
  'linux-s390x-glibc': () => require('../prebuilds/linux-s390x-glibc.node'),
  'linux-x64-glibc': () => require('../prebuilds/linux-x64-glibc.node'),
  'linux-x64-musl': () => require('../prebuilds/linux-x64-musl.node'),
};

/** The file that this code runs in: this one, unless it was bundled. */
exports.file = typeof __filename === 'string' ? __filename : undefined;
