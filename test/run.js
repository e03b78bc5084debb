// Runs the compiled tests, each file in a process of its own: `npm test -- test/x/y.ts` one of them,
// `npm test -- test/x` those of a folder.
//
// The runner is Node's own (https://nodejs.org/api/test.html), and tap is what the tests are written
// with: programs that say with their exit code whether they have passed. tap's runner would load
// itself into each of them once more, which takes longer than most of them do.
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const kNoTests = new Set(['fixtures', 'native', 'storm', 'fuzz']);

/** @param {string} folder below test/ @returns {string[]} */
const filesOf = (folder) =>
  readdirSync(join('test', folder))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join('dist-test', folder, file.replace(/\.ts$/, '.js')));

/** @param {string} path as it was given @returns {string[]} */
function filesAt(path) {
  const [, name = '', extension] =
    /^(?:\.\/)?(?:dist-)?test\/(.+?)(\.ts|\.js)?\/?$/.exec(path) ?? [];
  if (name === '') throw new Error(`${path}: no file or folder in test/`);
  return extension === undefined ? filesOf(name) : [join('dist-test', `${name}.js`)];
}

function allFiles() {
  const folders = readdirSync('test', { withFileTypes: true });
  return folders
    .filter((entry) => entry.isDirectory() && !kNoTests.has(entry.name))
    .flatMap(({ name }) => filesOf(name));
}

/** @param {string} path of a compiled test */
const sourceOf = (path) => relative('', path).replace(/^dist-(test.*)\.js$/, '$1.ts');

/**
 * What a file has printed only if it has failed; and the files' names as `npm test` takes them.
 *
 * @typedef {import('node:test/reporters').TestEvent} TestEvent
 * @param {AsyncIterable<TestEvent>} events
 */
async function* withoutWhatPassed(events) {
  /** @type {Map<string | undefined, TestEvent[]>} */
  const printed = new Map();
  for await (const event of events) {
    if (event.type === 'test:stdout' || event.type === 'test:stderr') {
      const { file } = event.data;
      printed.set(file, [...(printed.get(file) ?? []), event]);
      continue;
    }
    if (event.type === 'test:fail') {
      process.exitCode = 1;
      yield* printed.get(event.data.file) ?? [];
    }
    if (event.data && 'name' in event.data) event.data.name = sourceOf(event.data.name);
    yield event;
  }
}

// Of each file, in seconds, unless it sets another one itself; 0: none.
process.env.TAP_TIMEOUT ??= '120';
// tap keeps that time itself, which it cannot if the test blocks its thread.
const kBlockedMs = 600_000;

const paths = process.argv.slice(2);
const files = (paths.length === 0 ? allFiles() : paths.flatMap(filesAt)).map((file) =>
  resolve(file),
);
// More at once than there are processors take longer: ends that poll take the time from each other.
const concurrency = availableParallelism();
const timeout = process.env.TAP_TIMEOUT === '0' ? Number.POSITIVE_INFINITY : kBlockedMs;
const events = run({ files, concurrency, timeout });
await pipeline(events, withoutWhatPassed, new spec(), process.stdout, { end: false });
