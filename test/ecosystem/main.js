/**
 * Tries the package in the programs that people use it with: `npm run test:ecosystem [-- PROJECT…]`, or
 * a tarball that there is: `-- --tarball FILE`. Without names, all projects. Needs the network, for what
 * they install.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { packTarball, prepare } from './harness.js';

const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .filter((name) => existsSync(join(import.meta.dirname, name, 'checks.mjs')));

const { values, positionals: named } = parseArgs({
  allowPositionals: true,
  options: { tarball: { type: 'string' } },
});
const unknown = named.filter((name) => !folders.includes(name));
if (unknown.length > 0) {
  console.error(`${unknown}: no such project; there are ${folders.join(', ')}`);
  process.exit(1);
}

const tarball = values.tarball === undefined ? packTarball() : resolve(values.tarball);
let failures = 0;
let count = 0;
for (const name of named.length > 0 ? named : folders) {
  console.log(`# ${name}`);
  const project = await prepare(name, tarball);
  const { checks } = await import(join(import.meta.dirname, name, 'checks.mjs'));
  for (const check of /** @type {import('./harness.js').Check[]} */ (checks)) {
    const start = performance.now();
    count++;
    try {
      await check.run(project);
      console.log(`ok ${check.name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failures++;
      console.log(`FAILED ${check.name}\n${error}`);
    }
  }
}
console.log(`\n${count} checks, ${failures} failed`);
process.exitCode = failures > 0 || count === 0 ? 1 : 0;
