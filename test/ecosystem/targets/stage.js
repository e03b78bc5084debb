/** A copy of the package with the binary of another target. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const kRoot = fileURLToPath(new URL('../../../', import.meta.url));
/** What finds the rest of the package from where it is itself. */
const kCopied = ['dist', 'dist-test', 'package.json'];
const kBinaries = ['build', 'prebuilds'];

/** @param {string} target its name @returns {{ folder: string, remove: () => void }} */
export function stagePackage(target) {
  const binary = join(kRoot, 'prebuilds', `${target}.node`);
  if (!existsSync(binary)) throw new Error(`${binary} is missing; run npm run prebuilds`);
  const folder = mkdtempSync(join(tmpdir(), 'smipc-target-'));
  // Some tests use it as another user.
  chmodSync(folder, 0o755);
  for (const name of readdirSync(kRoot)) {
    if (kBinaries.includes(name)) continue;
    if (kCopied.includes(name)) cpSync(join(kRoot, name), join(folder, name), { recursive: true });
    else symlinkSync(join(kRoot, name), join(folder, name));
  }
  // Where the package looks first: for what was compiled on the spot.
  mkdirSync(join(folder, 'build', 'Release'), { recursive: true });
  cpSync(binary, join(folder, 'build', 'Release', 'smipc.node'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
