/**
 * The Nodes in which the binaries are tried that are for other processors than this one. `npm install
 * --prefix test/ecosystem/targets` installs them, in the versions that package.json there names; qemu
 * and the C library come from the system.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isHere } from '../../../packaging/targets.js';

/** @typedef {import('../../../packaging/targets.js').Target} Target */
/** @typedef {{ name: string, command: readonly [string, ...string[]] }} TargetNode */

const kPackages = new URL('node_modules/', import.meta.url);
/** By `process.arch`. Of ppc64 and s390x there is no newer package of Node 20. */
const kVersions = new Map([
  ['arm64', ['20', '22', '24', '26']],
  ['ppc64', ['20']],
  ['s390x', ['20']],
]);

/**
 * Those that can run the target's binary here. Throws if something is missing.
 * @param {Target} target @returns {TargetNode[]}
 */
export function nodesFor(target) {
  if (isHere(target)) {
    return [{ name: `Node ${process.versions.node}`, command: [process.execPath] }];
  }
  const { name, arch, tools, emulator } = target;
  const versions = kVersions.get(arch);
  if (versions === undefined || emulator === undefined || target.isCompiledThere) {
    throw new Error(`${name} can be tried on such a system only`);
  }
  if (spawnSync(emulator, ['--version'], { stdio: 'ignore' }).error !== undefined) {
    throw new Error(`${name}: there is no ${emulator}; install Debian's package qemu-user-static`);
  }
  // Debian's cross compiler brings the C library of the other processor.
  const system = `/usr/${tools.replace(/-$/, '')}`;
  if (!existsSync(system)) {
    throw new Error(`${name}: there is no ${system}; install ${target.compilerPackage}`);
  }
  return versions.map((version) => {
    const node = fileURLToPath(new URL(`node-${version}-${arch}/bin/node`, kPackages));
    if (!existsSync(node)) {
      throw new Error(`${node} is missing; run npm install --prefix test/ecosystem/targets`);
    }
    return { name: `Node ${version}, ${arch}`, command: [emulator, '-L', system, node] };
  });
}
