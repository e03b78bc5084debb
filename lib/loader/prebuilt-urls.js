/**
 * What prebuilt.cjs is, for webpack: it copies the files of such URLs without being told to. (Its
 * condition in dist/package.json is 'webpack'.)
 */

export const addons = {
  'linux-arm64-glibc': () => new URL('../prebuilds/linux-arm64-glibc.node', import.meta.url).href,
  'linux-arm64-musl': () => new URL('../prebuilds/linux-arm64-musl.node', import.meta.url).href,
  'linux-ppc64-glibc': () => new URL('../prebuilds/linux-ppc64-glibc.node', import.meta.url).href,
  'linux-s390x-glibc': () => new URL('../prebuilds/linux-s390x-glibc.node', import.meta.url).href,
  'linux-x64-glibc': () => new URL('../prebuilds/linux-x64-glibc.node', import.meta.url).href,
  'linux-x64-musl': () => new URL('../prebuilds/linux-x64-musl.node', import.meta.url).href,
};

export const file = undefined;
