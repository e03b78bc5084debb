/**
 * Checks the binaries in prebuilds/, wherever they were compiled: each target's is there, and fit for
 * it. The exit code is 1 otherwise.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { flawsOf, readBinary } from './binary.js';
import { targets } from './targets.js';

const folder = join(import.meta.dirname, '..', 'prebuilds');
const complaints = targets.flatMap((target) => {
  const file = join(folder, `${target.name}.node`);
  if (!existsSync(file)) return [`${target.name}: is missing`];
  return flawsOf(readBinary(file), target).map((flaw) => `${target.name}: ${flaw}`);
});
console.log(complaints.join('\n') || 'all binaries are there, and fit for their targets');
process.exitCode = complaints.length === 0 ? 0 : 1;
