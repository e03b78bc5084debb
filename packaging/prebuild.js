/**
 * `npm run prebuilds [-- TARGET...]`: compiles the binaries that are shipped, each in a folder of its
 * own, and checks them. What has passed is in prebuilds/. Without names: all that this system can
 * compile. docs/releasing.md says what they are for.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { flawsOf, readBinary } from './binary.js';
import { canBeCompiledHere, targetsNamed } from './targets.js';

/** @typedef {import('./targets.js').Target} Target */

const kRoot = join(import.meta.dirname, '..');

/** @param {Target} target */
function demandTools({ name, tools, compilerPackage }) {
  for (const { tool, from } of [
    { tool: `${tools}g++`, from: compilerPackage },
    { tool: `${tools}strip`, from: compilerPackage },
    { tool: 'readelf', from: 'binutils' },
  ]) {
    if (spawnSync(tool, ['--version'], { stdio: 'ignore' }).error === undefined) continue;
    throw new Error(`${name}: there is no ${tool}; install the package ${from}`);
  }
}

/** A folder for node-gyp, which always builds beside binding.gyp. @param {Target} target */
function makeWorkFolder({ name }) {
  const folder = join(import.meta.dirname, 'build', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(kRoot, 'binding.gyp'), join(folder, 'binding.gyp'));
  for (const name of ['native', 'package.json']) symlinkSync(join(kRoot, name), join(folder, name));
  return folder;
}

/** @param {Target} target */
function environmentFor({ tools }) {
  // Node's own headers, where Node brings them: saves node-gyp a download.
  const ownHeaders = resolve(process.execPath, '../..');
  const hasHeaders = existsSync(join(ownHeaders, 'include/node/node_api.h'));
  return {
    ...process.env,
    ...(hasHeaders ? { npm_config_nodedir: ownHeaders } : {}),
    CC: `${tools}gcc`,
    CXX: `${tools}g++`,
    AR: `${tools}ar`,
    LINK: `${tools}g++`,
  };
}

/** @param {Target} target @returns {string} the binary */
function compile(target) {
  const cwd = makeWorkFolder(target);
  const env = environmentFor(target);
  /** @param {string[]} args */
  const nodeGyp = (...args) => {
    execFileSync('node-gyp', ['--loglevel=error', ...args], {
      cwd,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  };
  // To gyp itself: what else to compile into it.
  const additions =
    target.libc === 'glibc' ? ['--', `-I${join(import.meta.dirname, 'prebuild.gypi')}`] : [];
  nodeGyp('configure', `--arch=${target.arch}`, ...additions);
  nodeGyp('build', '--jobs=max');
  const binary = join(cwd, 'build', 'Release', 'smipc.node');
  execFileSync(`${target.tools}strip`, [binary]);
  return binary;
}

/** @param {Target} target */
function prebuild(target) {
  if (!canBeCompiledHere(target)) {
    throw new Error(
      `${target.name} cannot be compiled on ${process.platform} ${process.arch} with this C library: it is compiled on such a system itself`,
    );
  }
  demandTools(target);
  const binary = compile(target);
  const flaws = flawsOf(readBinary(binary), target);
  if (flaws.length > 0) {
    throw new Error([`${target.name}: the binary is not fit for it:`, ...flaws].join('\n  '));
  }
  const shipped = join(kRoot, 'prebuilds', `${target.name}.node`);
  mkdirSync(join(kRoot, 'prebuilds'), { recursive: true });
  copyFileSync(binary, shipped);
  console.log(`prebuilds/${target.name}.node`);
}

try {
  for (const target of targetsNamed(process.argv.slice(2))) prebuild(target);
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}
