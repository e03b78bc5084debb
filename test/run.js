// Runs the compiled tests, each file in a process of its own: `npm test -- test/x/y.ts` one of them,
// `npm test -- test/x` those of a folder. What a file prints is shown if it fails.
//
// The tests are programs that tap is a library of, and say with their exit code whether they have
// passed. tap's runner would load itself into each of them once more, which takes longer than most of
// them do; and Node's cannot end one that blocks its thread.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { testEnvironment } from './fixtures/processes/environment.js';
import { nodeCommand } from './fixtures/processes/node-command.js';

/** Of test/; the others hold what tests use, or what is run otherwise. */
const kFolders = readdirSync('test', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .filter((name) => !['ecosystem', 'fixtures', 'fuzz', 'native', 'storm'].includes(name));

// tap's own limit for each file, in seconds, unless it sets another one. 0: none.
process.env.TAP_TIMEOUT ??= '120';
const env = testEnvironment();
/** A test that blocks its thread cannot keep it. */
const kBlockedMs = process.env.TAP_TIMEOUT === '0' ? 0 : 900_000;
/** What a test has started and not ended may hold its output open for so long. */
const kOutputMs = 5000;

/** @param {string} folder @returns {string[]} */
const testsIn = (folder) =>
  readdirSync(join('test', folder))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join('test', folder, file));

/** @param {string} path as it was given @returns {string[]} */
function testsAt(path) {
  const [, folder = '', file] =
    /^(?:\.\/)?(?:dist-)?test\/([^/]+)(?:\/(.+)\.[jt]s|\/)?$/.exec(path) ?? [];
  const all = kFolders.includes(folder) ? testsIn(folder) : [];
  const one = join('test', folder, `${file}.ts`);
  const tests = file === undefined ? all : all.filter((test) => test === one);
  if (tests.length > 0) return tests;
  console.error(`${path}: no test, and no folder of tests`);
  process.exit(1);
}

/**
 * @typedef {{ failure: string | undefined, printed: string, seconds: number }} Result
 * @param {string} test @returns {Promise<Result>}
 */
function runTest(test) {
  const program = test.replace(/^test(.*)\.ts$/, 'dist-test$1.js');
  const start = performance.now();
  const [node, ...first] = nodeCommand;
  const child = spawn(node, [...first, program], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: kBlockedMs,
    killSignal: 'SIGKILL',
  });
  /** @type {Buffer[]} */
  const printed = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => printed.push(chunk));
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      const failure = code === 0 ? undefined : `exit code ${code}, signal ${signal}`;
      const finish = () => {
        child.stdout.destroy();
        child.stderr.destroy();
        const seconds = (performance.now() - start) / 1000;
        resolve({ failure, printed: Buffer.concat(printed).toString(), seconds });
      };
      const timer = setTimeout(finish, kOutputMs);
      child.once('close', () => {
        clearTimeout(timer);
        finish();
      });
    });
  });
}

const paths = process.argv.slice(2);
const tests = paths.length === 0 ? kFolders.flatMap(testsIn) : paths.flatMap(testsAt);
/** @type {string[]} */
const failed = [];

/** Until there are no more: all workers take from one queue. @param {Iterable<string>} queue */
async function work(queue) {
  for (const test of queue) {
    const { failure, printed, seconds } = await runTest(test);
    console.log(`${failure === undefined ? 'ok' : 'FAILED'} ${test} (${seconds.toFixed(1)} s)`);
    if (failure === undefined) continue;
    console.log(`${printed}\n${test}: ${failure}\n`);
    failed.push(test);
  }
}

// More at once than there are processors take longer: ends that poll take the time from each other.
const queue = tests.values();
await Promise.all(Array.from({ length: availableParallelism() }, () => work(queue)));
console.log(
  `\n${tests.length} test files, ${tests.length - failed.length} passed, ${failed.length} failed`,
);
for (const test of failed) console.log(`failed: ${test}`);
// Not at once: what is printed may still be on its way.
process.exitCode = failed.length > 0 || tests.length === 0 ? 1 : 0;
