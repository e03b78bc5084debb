/**
 * `smipc write` and `smipc read` against what else a shell has: `node bench/command-line/main.js
 * [--gigabytes 4] [--pairs 7]`. A file in memory goes to /dev/null, and, behind pipes, from one `cat` to
 * another. All take turns, and what counts is the median of the ratios; above 1, smipc is the faster.
 * Needs the built program and socat(1).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine } from '../machine.js';
import { ratioOf, spreadOf } from '../statistics.js';
import { Workplace } from '../workplace.js';

const kProgram = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));
const kGigabyte = 1e9;
const kBlockBytes = 1_000_000;

const { values } = parseArgs({
  options: {
    gigabytes: { type: 'string', default: '4' },
    pairs: { type: 'string', default: '7' },
  },
});
const gigabytes = Number(values.gigabytes);
const workplace = new Workplace();
const file = join(workplace.directory, 'file');
const socket = join(workplace.directory, 'socket');

/** socat(1) with blocks that are as large as it needs to be at its best. */
const kSocat = 'socat -u -b 131072';
const kListen = `${kSocat} UNIX-LISTEN:${socket}`;
const kConnect = `until [ -S ${socket} ]; do :; done; ${kSocat}`;

/** @type {Record<string, Record<string, string>>} */
const measures = {
  'file to /dev/null': {
    smipc: `smipc write c ${file} & smipc read c > /dev/null; wait`,
    'cat | cat': `cat ${file} | cat > /dev/null`,
    socat: `${kListen} OPEN:/dev/null & (${kConnect} OPEN:${file} UNIX-CONNECT:${socket}); wait`,
  },
  'cat to cat': {
    smipc: `cat ${file} | smipc write c & smipc read c | cat > /dev/null; wait`,
    'cat | cat': `cat ${file} | cat | cat > /dev/null`,
    socat: `${kListen} STDOUT | cat > /dev/null &
      (${kConnect} STDIN UNIX-CONNECT:${socket}) < <(cat ${file}); wait`,
  },
};

/** @param {string} script @returns {Promise<number>} seconds */
async function timed(script) {
  const start = performance.now();
  const child = spawn(
    'bash',
    ['-c', `set -eu; smipc() { ${process.execPath} ${kProgram} "$@"; }; ${script}`],
    {
      detached: true,
      env: { ...process.env, SMIPC_DIR: workplace.directory },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  workplace.guard(child);
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`status ${code} of: ${script}`);
  return (performance.now() - start) / 1000;
}

const block = Buffer.alloc(kBlockBytes, 'smipc');
const fd = openSync(file, 'w');
for (let written = 0; written < gigabytes * kGigabyte; written += kBlockBytes) writeSync(fd, block);
closeSync(fd);

const { processor, cores, node } = describeMachine();
console.log(`${gigabytes} GB; ${cores} × ${processor}, Node ${node}`);
for (const [measure, scripts] of Object.entries(measures)) {
  /** @type {Record<string, { round: number, seconds: number }[]>} */
  const runs = Object.fromEntries(Object.keys(scripts).map((name) => [name, []]));
  for (let round = 0; round < Number(values.pairs); round++) {
    for (const [name, script] of Object.entries(scripts)) {
      runs[name]?.push({ round, seconds: await timed(script) });
    }
  }
  for (const [name, ofName] of Object.entries(runs)) {
    const seconds = spreadOf(ofName.map((run) => run.seconds)).median;
    const ratio = ratioOf(ofName, runs.smipc ?? [], (run) => run.seconds);
    const range = `${ratio?.median.toFixed(2)} [${ratio?.least.toFixed(2)}..${ratio?.most.toFixed(2)}]`;
    const rate = `${(gigabytes / seconds).toFixed(2)} GB/s`;
    console.log(`${measure.padEnd(18)} ${name.padEnd(10)} ${rate.padStart(10)}  ${range}`);
  }
}
