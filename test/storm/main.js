// The storm: ends of channels, and then servers and clients of sockets, die in all kinds of ways, again
// and again, and what is promised must hold.
//
//   npm run storm -- --rounds N --seed S --jobs J --sweepers W --only channels|sockets
//
// N rounds of each. Beside it W processes sweep its directories.
// Round i has the seed S + i: `--rounds 1 --seed` with the seed of a round repeats it.
import { randomInt } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Leaks } from './leaks.js';
import { Pool } from './pool.js';
import { SocketStorm } from './sockets/storm.js';
import { Storm } from './storm.js';
import { Sweepers } from './sweepers.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    jobs: { type: 'string', default: String(availableParallelism()) },
    sweepers: { type: 'string', default: '10' },
    only: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed);
const jobs = Math.min(Number(values.jobs), rounds);
const sweeperCount = Number(values.sweepers);
const kinds = ['channels', 'sockets'];
const isKind = values.only === undefined || kinds.includes(values.only);
if (
  !isKind ||
  ![rounds, seed, jobs, sweeperCount].every((value) => Number.isSafeInteger(value) && value >= 0) ||
  jobs < 1
) {
  console.error(
    'usage: npm run storm -- [--rounds N] [--seed S] [--jobs J] [--sweepers W] [--only channels|sockets]',
  );
  process.exit(2);
}
const shm = `/dev/shm/smipc-storm-${process.pid}`;

console.log(
  `${rounds} rounds from seed ${seed} on, ${jobs} at a time, ${sweeperCount} sweepers beside them`,
);
const start = performance.now();
mkdirSync(shm, { mode: 0o700 });
const sweepers = new Sweepers(sweeperCount, shm);
let done = 0;
let failed = 0;

/** @param {import('./storm.js').AnyStorm<any>} storm @param {string} what */
async function rage(storm, what) {
  const begin = performance.now();
  let begun = 0;
  const isOver = () => begun++ >= rounds;
  await Promise.all(
    Array.from({ length: jobs }, (_, i) => storm.run(join(shm, `${what}-${i}`), isOver)),
  );
  if (process.stderr.isTTY) process.stderr.write('\r');
  console.log(storm.describe());
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  console.log(`${storm.done} rounds of ${what} in ${seconds} s, ${storm.failed} failed`);
  done += storm.done;
  failed += storm.failed;
}

/** @param {import('./storm.js').AnyStorm<any>} storm */
function show(storm) {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r${storm.done} of ${rounds} rounds, ${storm.failed} failed `);
}

if (values.only !== 'sockets') {
  const pool = new Pool(jobs);
  await rage(new Storm(seed, pool, show), 'channels');
  await pool.close();
}
if (values.only !== 'channels') {
  const storm = new SocketStorm(seed, jobs, show);
  await rage(storm, 'sockets');
  await storm.close();
}
const { lists, prunes, removed } = await sweepers.end();
rmSync(shm, { recursive: true });

console.log(`${lists} lists and ${prunes} prunes beside it, ${removed} channels pruned`);
for (const failure of sweepers.failures) console.error(failure);
const left = await new Leaks(shm).find();
if (left.length > 0) console.error('left in this process:', left);
const seconds = ((performance.now() - start) / 1000).toFixed(0);
console.log(`${done} rounds in ${seconds} s, ${failed} failed`);
const failures = failed + left.length + sweepers.failures.length;
process.exitCode = failures === 0 ? 0 : 1;
