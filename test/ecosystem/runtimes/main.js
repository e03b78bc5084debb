/**
 * Plays scenarios.js in two processes of one runtime, and of two: `npm run test:runtimes`. With names
 * of runtimes, only what has one of them; with parts of scenarios' names, only those.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { Part } from './process.js';
import { runtimeOf, runtimes } from './runtimes.js';
import { scenarios } from './scenarios.js';

/** The left one writes. */
const kMixed = [
  ...[
    ['node-20', 'bun'],
    ['bun', 'node-20'],
    ['node-26', 'deno'],
    ['deno', 'node-26'],
  ],
  ...[
    ['bun', 'deno'],
    ['deno', 'bun'],
    ['node-20', 'node-26'],
    ['node-26', 'node-20'],
  ],
  ...[
    ['node-22', 'bun'],
    ['node-24', 'deno'],
    ['bun', 'node-26'],
    ['deno', 'node-20'],
  ],
];

/** A scenario takes a few seconds at most. What waits for ever is ended by then. */
const kLimitMs = 30_000;

const names = process.argv.slice(2);
const isRuntime = (/** @type {string} */ name) => runtimes.some((one) => one.name === name);
const wantedRuntimes = names.filter(isRuntime);
const wantedScenarios = names.filter((name) => !isRuntime(name));
const pairs = [...runtimes.map(({ name }) => [name, name]), ...kMixed].filter(
  (pair) => wantedRuntimes.length === 0 || pair.some((name) => wantedRuntimes.includes(name)),
);
const chosen = Object.entries(scenarios).filter(
  ([name]) => wantedScenarios.length === 0 || wantedScenarios.some((part) => name.includes(part)),
);
if (chosen.length === 0)
  throw new Error(`${wantedScenarios}: no runtime, and in no scenario's name`);

/** @param {string} leftName @param {string} rightName @param {import('./scenarios.js').Scenario} scenario */
async function play(leftName, rightName, scenario) {
  const dir = mkdtempSync('/dev/shm/smipc-runtimes-');
  /** @type {Part[]} */
  const started = [];
  /** @param {string} runtime @returns {import('./scenarios.js').Start} */
  const starter = (runtime) => (part, parameters) => {
    const one = new Part(runtimeOf(runtime), part, { name: 'channel', dir, ...parameters });
    started.push(one);
    return one;
  };
  const limit = new AbortController();
  try {
    const tooLong = new Promise((_, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`not done within ${kLimitMs / 1000} s`)),
        kLimitMs,
      );
      limit.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    await Promise.race([scenario(starter(leftName), starter(rightName)), tooLong]);
    return undefined;
  } catch (error) {
    return [`${error}`, ...started.map((one) => one.report)].join('\n');
  } finally {
    limit.abort();
    for (const one of started) one.kill();
    await Promise.all(started.map((one) => one.exit()));
    rmSync(dir, { recursive: true });
  }
}

let failures = 0;
for (const [left = '', right = ''] of pairs) {
  const start = performance.now();
  const failed = [];
  for (const [name, scenario] of chosen) {
    const failure = await play(left, right, scenario);
    if (failure === undefined) continue;
    failed.push(name);
    console.log(`FAILED ${left} → ${right}, ${name}: ${failure}`);
  }
  failures += failed.length;
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(
    `${left} → ${right}: ${chosen.length - failed.length} of ${chosen.length} (${seconds} s)`,
  );
}
process.exitCode = failures === 0 ? 0 : 1;
