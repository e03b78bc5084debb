// Each kind of value of objects/values.js is written in each runtime and read in each: what arrives, and
// who refuses it with which words, must be what the table there says, from whichever to whichever.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { values } from './objects/values.js';
import { runtimeOf, runtimes } from './runtimes.js';

/** @typedef {import('./objects/peer.js').Outcome} Outcome */

const peer = fileURLToPath(new URL('objects/peer.js', import.meta.url));
const names = runtimes.map(({ name }) => name);
/** @type {string[]} */
const failures = [];
let checked = 0;

/** @param {string} what @param {boolean} isRight @param {Outcome} outcome */
function check(what, isRight, outcome) {
  checked++;
  if (!isRight) failures.push(`${what}: ${JSON.stringify(outcome).slice(0, 500)}`);
}

/**
 * @param {string} name @param {'read' | 'write'} role @param {Record<string, string>} [messages]
 * @returns {Record<string, Outcome>}
 */
function run(name, role, messages = {}) {
  const [program, ...options] = runtimeOf(name).command;
  const { status, stdout, stderr } = spawnSync(program, [...options, peer, role], {
    input: JSON.stringify(messages),
    maxBuffer: 2 ** 28,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${name} ${role}: exit code ${status}\n${stderr}`);
  return JSON.parse(stdout);
}

/** @param {string} what */
function inTable(what) {
  const value = values[what];
  if (value === undefined) throw new Error(`${what} is not in the table`);
  return value;
}

/** @param {string} writer @param {string} what @param {Outcome} outcome */
function checkWritten(writer, what, outcome) {
  const { refused, except } = inTable(what);
  const { bytes, error } = outcome;
  const isRefused = refused !== undefined && !except?.includes(writer);
  const isRight = isRefused
    ? error?.startsWith('DataCloneError: ') === true && refused.test(error)
    : bytes !== undefined;
  check(`${what}, written by ${writer}`, isRight, outcome);
}

const written = new Map(names.map((name) => [name, run(name, 'write')]));
for (const [writer, outcomes] of written) {
  for (const [what, outcome] of Object.entries(outcomes)) {
    // A runtime without such a value has nothing to write.
    if (Object.keys(outcome).length > 0) checkWritten(writer, what, outcome);
  }
}

/** Whether a runtime has values of that kind. @param {string} name @param {string} what */
const has = (name, what) => written.get(name)?.[what]?.bytes !== undefined;

/** @param {string} writer @param {string} reader @param {string} what @param {Outcome} outcome */
function checkRead(writer, reader, what, outcome) {
  const { arrives, unknown, except } = inTable(what);
  const { value, error } = outcome;
  const expected = arrives ?? written.get(writer)?.[what]?.value;
  const isUnknown = unknown !== undefined && !has(reader, what);
  const isRight = isUnknown
    ? error !== undefined && unknown.test(error)
    : value !== undefined && (value === expected || except !== undefined);
  check(`${what}, written by ${writer}, read by ${reader}`, isRight, outcome);
}

for (const [writer, outcomes] of written) {
  const messages = Object.fromEntries(
    Object.entries(outcomes).flatMap(([what, { bytes }]) =>
      bytes === undefined ? [] : [[what, bytes]],
    ),
  );
  for (const reader of names) {
    const arrived = run(reader, 'read', messages);
    for (const [what, outcome] of Object.entries(arrived)) checkRead(writer, reader, what, outcome);
  }
}

const kinds = Object.keys(values).length;
// Each kind must have been written, or refused, by somebody.
for (const what of Object.keys(values)) {
  const isTried = names.some((name) => Object.keys(written.get(name)?.[what] ?? {}).length > 0);
  check(`${what}, in none of ${names}`, isTried, {});
}
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${kinds} kinds of values in ${names}: ${checked} checks, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
