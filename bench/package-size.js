/** The size of the package as `npm run package` makes it, with the binary of this machine as the only one. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isHere, targets } from '../packaging/targets.js';

/**
 * In bytes.
 * @param {string} root of a checkout, built
 * @returns {{ packed: number, unpacked: number }}
 */
export function packageSize(root) {
  const folder = mkdtempSync(join(tmpdir(), 'smipc-size-'));
  try {
    const binary = join(folder, `${targets.find(isHere)?.name}.node`);
    copyFileSync(join(root, 'build', 'Release', 'smipc.node'), binary);
    const program = join(root, 'packaging', 'package.js');
    const argv = [program, '--partial', '--binaries', folder, '--to', folder];
    // It says which binaries are missing.
    const stdio = /** @type {const} */ (['ignore', 'pipe', 'ignore']);
    const tarball = execFileSync(process.execPath, argv, { encoding: 'utf8', stdio }).trim();
    const unpacked = execFileSync('tar', ['-xOzf', tarball], { maxBuffer: 2 ** 30 });
    return { packed: statSync(tarball).size, unpacked: unpacked.length };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
