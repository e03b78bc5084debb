/**
 * The runtimes in which smipc is tried. `npm install --prefix test/ecosystem/runtimes` installs them,
 * in the versions that package.json there names.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** @typedef {{ name: string, command: readonly [string, ...string[]] }} Runtime */

const packages = new URL('node_modules/', import.meta.url);

/** @param {string} name @param {string} program @param {string[]} options @returns {Runtime} */
function runtime(name, program, ...options) {
  return { name, command: [fileURLToPath(new URL(`${name}/${program}`, packages)), ...options] };
}

/** Each runs a program as `command`, then the program's file and its arguments. */
export const runtimes = [
  ...['node-20', 'node-22', 'node-24', 'node-26'].map((name) => runtime(name, 'bin/node')),
  runtime('bun', 'bin/bun'),
  runtime('deno', 'deno', 'run', '-A'),
];

/** @param {string} name @returns {Runtime} */
export function runtimeOf(name) {
  const found = runtimes.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name}: none of ${runtimes.map((one) => one.name)}`);
  const [program] = found.command;
  if (!existsSync(program)) {
    throw new Error(`${program} is missing; run npm install --prefix test/ecosystem/runtimes`);
  }
  return found;
}
