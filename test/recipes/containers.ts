// docs/recipes/containers.md: each program is process 1 of a PID namespace, and sees none of the other's.
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { prepareRecipe } from '../fixtures/docs/recipe.js';
import { nodeCommand } from '../fixtures/processes/node-command.js';
import { runCommand } from '../fixtures/processes/program.js';
import { until } from '../fixtures/timing/until.js';

function prepare(t: Test) {
  const { dir, folder } = prepareRecipe(t, 'containers');
  // Whoever is not root may have a namespace as root of a user namespace (unshare(1), util-linux).
  const user = process.geteuid?.() === 0 ? [] : ['--user', '--map-current-user'];
  const options = [...user, '--pid', '--fork', '--kill-child'];
  return (file: string, ...args: string[]) =>
    runCommand(t, 'unshare', [...options, ...nodeCommand, join(folder, file), ...args], {
      env: { SMIPC_DIR: dir },
    });
}

const numbersUpTo = (count: number): string =>
  Array.from({ length: count }, (_, i) => `${i + 1}\n`).join('');

t.test('all values', async (t) => {
  const start = prepare(t);
  const store = start('store.mjs');
  t.match(await start('measure.mjs', '10000').exit, { code: 0, stderr: '' });
  const outcome = { code: 0, signal: null, stdout: numbersUpTo(10_000), stderr: '' };
  t.strictSame(await store.exit, outcome);
});

t.test('a container is killed', async (t) => {
  const start = prepare(t);
  const store = start('store.mjs');
  const measure = start('measure.mjs', '1000000000');
  await until(() => store.stdout().length > 10_000, 'values are stored');
  // With --kill-child its process 1 is killed as well.
  measure.kill('SIGKILL');
  const { code, stdout, stderr } = await store.exit;
  t.strictSame({ code, stderr }, { code: 1, stderr: 'ECONNRESET died\n' });
  t.equal(stdout, numbersUpTo(stdout.split('\n').length - 1));
});
