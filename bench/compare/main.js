/**
 * Compares this build with another one: `node bench/compare/main.js --against FOLDER [--pairs 9]
 * [measure…]`. FOLDER is another checkout, built. Both are measured in turn, and what counts is the
 * median of the ratios of the pairs: above 1, this build is the faster one.
 */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { packageSize } from '../package-size.js';

const kHere = fileURLToPath(new URL('../..', import.meta.url));
const kProgram = fileURLToPath(new URL('./process.js', import.meta.url));

/** Each measure is one run of one build: the more, the better. */
const measures = {
  '64 B': (root) => run(root, 'throughput', 64),
  '1 KiB': (root) => run(root, 'throughput', 1024),
  '64 KiB': (root) => run(root, 'throughput', 65_536),
  '64 KiB, reuse': (root) => run(root, 'reuse', 65_536),
  '100 channels': (root) => run(root, 'channels', 100),
  '1,000 channels': (root) => run(root, 'channels', 1000),
  'first 64 MB, 64 B': (root) => run(root, 'transfer', 64),
  'first 512 MB, 1 KiB': (root) => run(root, 'transfer', 1024),
  'first 1 GB, 4 KiB': (root) => run(root, 'transfer', 4096),
  'first 4 GB, 64 KiB': (root) => run(root, 'transfer', 65_536),
  'first 4 GB, 1 MiB': (root) => run(root, 'transfer', 1_048_576),
  'pipe to a hash': (root) => run(root, 'pipeToHash', 65_536),
  'pipe to a file': (root) => run(root, 'pipeToFile', 65_536),
  'round trip': (root) => run(root, 'roundTrip', 64),
  async: (root) => run(root, 'asyncRoundTrip', 64),
  'for await': (root) => run(root, 'loopRoundTrip', 64),
  objects: (root) => run(root, 'objects', 0),
  opening: (root) => alone(root, 'opening'),
  import: (root) => alone(root, 'importing'),
};

let runs = 0;

/** Starts the two processes of a run, and resolves with what the second one has measured. */
async function run(root, measure, size) {
  const name = `compare-${process.pid}-${runs++}`;
  const start = (role) => fork(kProgram, [root, measure, role, name, String(size)]);
  const [other, measuring] = [start('other'), start('measuring')];
  const [figure] = await once(measuring, 'message');
  const exits = [other, measuring].map((child) => once(child, 'exit'));
  for (const child of [other, measuring]) child.kill('SIGKILL');
  await Promise.all(exits);
  execFileSync(process.execPath, [kProgram, root, 'remove', '', name]);
  return figure;
}

async function alone(root, measure) {
  const child = fork(kProgram, [root, measure, 'alone', `compare-${process.pid}-${runs++}`]);
  const exit = once(child, 'exit');
  const [figure] = await once(child, 'message');
  await exit;
  return figure;
}

function packedBytes(root) {
  const { packed, unpacked } = packageSize(root);
  return `${packed} bytes packed, ${unpacked} unpacked`;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { against: { type: 'string' }, pairs: { type: 'string', default: '9' } },
});
if (values.against === undefined) throw new Error('--against FOLDER: the other build');
const wanted = positionals.length > 0 ? positionals : Object.keys(measures);
for (const name of wanted) {
  if (!(name in measures))
    throw new Error(`${name}: not one of ${Object.keys(measures).join(', ')}`);
}
for (const name of wanted) {
  const ratios = [];
  for (let pair = 0; pair < Number(values.pairs); pair++) {
    // Whoever comes first has it better or worse: they take turns in that, too.
    const roots = pair % 2 === 0 ? [kHere, values.against] : [values.against, kHere];
    const figures = new Map();
    for (const root of roots) figures.set(root, await measures[name](root));
    ratios.push(figures.get(kHere) / figures.get(values.against));
  }
  const range = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
  console.log(`${name.padEnd(20)} ${median(ratios).toFixed(3)} [${range.join('..')}]`);
}
console.log(`package: ${packedBytes(kHere)}; the other: ${packedBytes(values.against)}`);
