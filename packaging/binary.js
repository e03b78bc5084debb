/** What a binary says of itself, and whether it keeps what its target promises. */
import { execFileSync } from 'node:child_process';

/** @typedef {import('./targets.js').Target} Target */

/**
 * @typedef {object} Binary
 * @property {string} machine
 * @property {string[]} libraries that it needs
 * @property {string[]} searchPaths where it wants them to be looked for
 * @property {string[]} versions that it needs, of any symbol
 * @property {{ name: string, version: string | undefined }[]} needs symbols of others
 * @property {string[]} exports
 * @property {{ type: string, flags: string }[]} segments
 */

/** By which Node-API finds the addon: all that it shows. */
const kExports = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];
/** Without a version: Node-API, and what GCC's start files use if it is there. */
const kUnversioned = /^(napi_\w+|__gmon_start__|_ITM_\w+TMCloneTable|__cxa_finalize)$/;

/** @param {string} file */
export function readBinary(file) {
  return parseReadelf(
    execFileSync(
      'readelf',
      ['--file-header', '--segments', '--dynamic', '--version-info', '--dyn-syms', '--wide', file],
      {
        encoding: 'utf8',
        env: { ...process.env, LC_ALL: 'C' },
      },
    ),
  );
}

/** @param {string} text what readelf has printed @returns {Binary} */
export function parseReadelf(text) {
  /** @param {RegExp} pattern with one group */
  const all = (pattern) => [...text.matchAll(pattern)].map(([, found = '']) => found);
  const symbols = [
    ...text.matchAll(
      /^ +\d+: [\da-f]+ +\w+ +(\w+) +(\w+) +\w+ .*?(UND|ABS|\d+) ([^\s@]+)(?:@+(\S+))?/gm,
    ),
  ].map(([, type, binding, section, name = '', version]) => ({
    type,
    binding,
    section,
    name,
    version,
  }));
  return {
    machine: all(/^ +Machine: +(.+)$/gm)[0] ?? '',
    libraries: all(/\(NEEDED\) .*\[(.+)\]/g),
    searchPaths: all(/\((?:RPATH|RUNPATH)\) .*\[(.+)\]/g),
    versions: [...new Set(all(/^ +0x[\da-f]+: +Name: (\S+) +Flags/gm))],
    needs: symbols
      .filter(({ section }) => section === 'UND')
      .map(({ name, version }) => ({ name, version })),
    exports: symbols
      .filter(({ binding, section }) => section !== 'UND' && binding !== 'LOCAL')
      .map(({ name }) => name),
    segments: [
      ...text.matchAll(
        /^ +([A-Z_]+) +0x[\da-f]+ 0x[\da-f]+ 0x[\da-f]+ 0x[\da-f]+ 0x[\da-f]+ ([RWE ]+) 0x/gm,
      ),
    ].map(([, type = '', flags = '']) => ({ type, flags: flags.replaceAll(' ', '') })),
  };
}

/**
 * What is wrong with a binary for a target; empty: nothing.
 * @param {Binary} binary @param {Target} target @returns {string[]}
 */
export function flawsOf(binary, target) {
  return [
    ...(binary.machine === target.machine
      ? []
      : [`is for ${binary.machine || 'no processor'}, not for ${target.machine}`]),
    ...binary.libraries
      .filter((library) => !target.libraries.test(library))
      .map((library) => `needs the library ${library}`),
    ...binary.searchPaths.map((path) => `looks for libraries in ${path}`),
    ...versionFlaws(binary, target),
    ...symbolFlaws(binary, target),
    ...segmentFlaws(binary),
  ];
}

/** @param {Binary} binary @param {Target} target @returns {string[]} */
function versionFlaws(binary, { newest }) {
  return binary.versions
    .filter((version) => !isAllowed(version, newest))
    .map((version) => {
      const users = binary.needs.filter((symbol) => symbol.version === version);
      const names = users.map(({ name }) => name).join(', ') || 'no symbol';
      const limit = newest[familyOf(version)];
      const reason = limit === undefined ? 'is not expected' : `is newer than ${limit}`;
      return `needs ${version} (${names}), which ${reason}`;
    });
}

/** @param {string} version @param {Target['newest']} newest */
function isAllowed(version, newest) {
  const limit = newest[familyOf(version)];
  const number = version.slice(familyOf(version).length + 1);
  return limit !== undefined && /^\d+(\.\d+)*$/.test(number) && compare(number, limit) <= 0;
}

/** @param {string} version such as `GLIBC_2.28` */
function familyOf(version) {
  return version.slice(0, version.indexOf('_'));
}

/** @param {string} a @param {string} b numbers with points between @returns {number} */
function compare(a, b) {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** @param {Binary} binary @param {Target} target @returns {string[]} */
function symbolFlaws({ exports, needs }, { libc }) {
  return [
    ...kExports.filter((name) => !exports.includes(name)).map((name) => `does not show ${name}`),
    ...exports.filter((name) => !kExports.includes(name)).map((name) => `shows ${name}`),
    // musl has no versions by which its symbols could be told from those of Node.
    ...needs
      .filter(
        ({ name, version }) =>
          libc === 'glibc' && version === undefined && !kUnversioned.test(name),
      )
      .map(({ name }) => `needs ${name}, which no library has`),
  ];
}

/** @param {Binary} binary @returns {string[]} */
function segmentFlaws({ segments }) {
  const flaws = segments
    .filter(({ flags }) => flags.includes('W') && flags.includes('E'))
    .map(({ type }) => `has memory that can be written and executed (${type})`);
  // Without the mark the system makes the stack executable.
  if (!segments.some(({ type }) => type === 'GNU_STACK')) flaws.push('says nothing of its stack');
  return flaws;
}
