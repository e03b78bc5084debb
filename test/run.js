// Runs tap on the compiled tests: `npm test -- test/x/y.ts` runs dist-test/x/y.js.
import { spawnSync } from 'node:child_process';

const args = process.argv
  .slice(2)
  .map((arg) => arg.replace(/^(?:\.\/)?test\/(.+)\.ts$/, 'dist-test/$1.js'));
const { status } = spawnSync('tap', args, { stdio: 'inherit' });
process.exitCode = status ?? 1;
