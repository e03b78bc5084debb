/**
 * `npm run test:targets [-- TARGET... TEST...]`: runs tests with the binaries of prebuilds/, those of
 * other processors in a Node for these, under qemu. Without targets: all that can be tried here;
 * without tests: those below. Installs nothing: it says what is missing.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { canBeCompiledHere, targets } from '../../../packaging/targets.js';
import { nodesFor } from './nodes.js';
import { stagePackage } from './stage.js';

/** @typedef {import('../../../packaging/targets.js').Target} Target */

/** One or two of each kind: what moves, in which form, who owns a role, and how a death is heard of. */
const kCoreTests = [
  ...['two-processes', 'pipe', 'drained', 'onread'].map((name) => `test/streams/${name}.ts`),
  ...['peek', 'reserve', 'sync-calls', 'wrap-around'].map((name) => `test/channel/${name}.ts`),
  ...['errors', 'full-values', 'larger-than-ring', 'many', 'native-objects', 'plain-values'].map(
    (name) => `test/messages/${name}.ts`,
  ),
  ...['busy', 'inspect', 'two-threads', 'wait-for-death'].map((name) => `test/roles/${name}.ts`),
  ...['reader-killed', 'terminated-thread', 'thread-exits', 'writer-killed'].map(
    (name) => `test/lifecycle/${name}.ts`,
  ),
  'test/loop/blocking-threads.ts',
  'test/resume/reader-takes-over.ts',
  'test/web/byob.ts',
];

const names = process.argv.slice(2);
const tests = names.filter((name) => name.startsWith('test/'));
const asked = names.filter((name) => !name.startsWith('test/'));
const unknown = asked.filter((name) => !targets.some((target) => target.name === name));
if (unknown.length > 0) throw new Error(`no such targets: ${unknown.join(', ')}`);
const chosen =
  asked.length > 0
    ? targets.filter(({ name }) => asked.includes(name))
    : targets.filter(canBeCompiledHere);

/** @param {Target} target */
function tryTarget(target) {
  const nodes = nodesFor(target);
  const { folder, remove } = stagePackage(target.name);
  try {
    return nodes.map(({ name, command }) => {
      console.log(`\n=== ${target.name}: ${name}`);
      const { status } = spawnSync(
        process.execPath,
        [
          fileURLToPath(new URL('../../run.js', import.meta.url)),
          ...(tests.length > 0 ? tests : kCoreTests),
        ],
        {
          cwd: folder,
          stdio: 'inherit',
          env: { ...process.env, TEST_NODE_COMMAND: JSON.stringify(command), TAP_TIMEOUT: '600' },
        },
      );
      return { name: `${target.name}: ${name}`, hasPassed: status === 0 };
    });
  } finally {
    remove();
  }
}

const results = chosen.flatMap(tryTarget);
console.log();
for (const { name, hasPassed } of results)
  console.log(`${hasPassed ? 'passed' : 'FAILED'}  ${name}`);
process.exitCode = results.every(({ hasPassed }) => hasPassed) ? 0 : 1;
