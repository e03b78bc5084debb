/**
 * The systems for which there is a binary, and what compiling and checking it takes. The loader
 * names the same files; docs/releasing.md says how each was tried.
 */

/**
 * @typedef {object} Target
 * @property {string} name the binary is prebuilds/NAME.node
 * @property {string} platform `process.platform` there
 * @property {string} arch `process.arch` there
 * @property {'glibc' | 'musl'} libc
 * @property {string} machine as `readelf -h` names the processor
 * @property {string} tools what the names of compiler and binutils begin with; '' on its own system
 * @property {string} compilerPackage of Debian or Alpine
 * @property {string | undefined} emulator qemu's program for the processor, if it is an other one
 * @property {boolean} isCompiledThere cannot be compiled on another system
 * @property {Readonly<Record<string, string>>} newest versions of symbols that the binary may need
 * @property {RegExp} libraries that it may need
 */

/**
 * What Debian 10 and RHEL 8 have, the oldest systems that Node's own binaries run on: glibc 2.28
 * and the libraries of GCC 8.
 */
const kGlibcVersions = { GLIBC: '2.28', GLIBCXX: '3.4.25', CXXABI: '1.3.11' };

/**
 * @param {string} arch @param {string} machine @param {string} triplet of Debian's cross compiler
 * @param {string} emulator
 * @returns {Target}
 */
function glibc(arch, machine, triplet, emulator) {
  return {
    name: `linux-${arch}-glibc`,
    platform: 'linux',
    arch,
    libc: 'glibc',
    machine,
    tools: `${triplet}-`,
    compilerPackage: `g++-${triplet.replaceAll('_', '-')}`,
    emulator,
    isCompiledThere: false,
    newest: kGlibcVersions,
    libraries: /^(libstdc\+\+\.so\.6|libc\.so\.6|ld-linux-[\w-]+\.so\.\d)$/,
  };
}

/** @param {string} arch @param {string} machine @returns {Target} */
function musl(arch, machine) {
  return {
    name: `linux-${arch}-musl`,
    platform: 'linux',
    arch,
    libc: 'musl',
    machine,
    tools: '',
    compilerPackage: 'g++',
    emulator: undefined,
    // Debian has a C compiler for musl, but none for C++.
    isCompiledThere: true,
    // musl's symbols have no versions; those of libstdc++ do. GCC 10, of Alpine 3.13.
    newest: { GLIBCXX: '3.4.28', CXXABI: '1.3.12', GCC: '7.0' },
    libraries: /^(libstdc\+\+\.so\.6|libgcc_s\.so\.1|libc\.musl-\w+\.so\.1)$/,
  };
}

const kX64 = 'Advanced Micro Devices X86-64';
const kArm64 = 'AArch64';

/** @type {readonly Target[]} */
export const targets = [
  glibc('x64', kX64, 'x86_64-linux-gnu', 'qemu-x86_64-static'),
  glibc('arm64', kArm64, 'aarch64-linux-gnu', 'qemu-aarch64-static'),
  glibc('ppc64', 'PowerPC64', 'powerpc64le-linux-gnu', 'qemu-ppc64le-static'),
  glibc('s390x', 'IBM S/390', 's390x-linux-gnu', 'qemu-s390x-static'),
  musl('x64', kX64),
  musl('arm64', kArm64),
];

/** The C library of this process. */
export function libcHere() {
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (
    process.report.getReport()
  );
  return report.header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/** @param {Target} target whether this process runs on such a system */
export function isHere({ platform, arch, libc }) {
  return platform === process.platform && arch === process.arch && libc === libcHere();
}

/** @param {Target} target whether this system can compile for it */
export function canBeCompiledHere(target) {
  return target.isCompiledThere ? isHere(target) : libcHere() === 'glibc';
}

/**
 * Those that are named; without names, all that this system can compile.
 * @param {readonly string[]} names @returns {readonly Target[]}
 */
export function targetsNamed(names) {
  if (names.length === 0) return targets.filter(canBeCompiledHere);
  return names.map((name) => {
    const target = targets.find((one) => one.name === name);
    if (target !== undefined) return target;
    throw new Error(`${name}: no target; there are ${targets.map((one) => one.name).join(', ')}`);
  });
}
