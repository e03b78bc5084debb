// docs/recipes/worker-pool.md: each request is answered, with the result, or with what went wrong;
// workers are killed at work and idle, and nothing is left.
import { list } from 'smipc';
import t, { type Test } from 'tap';
import { assertNoneHeld } from '../fixtures/channels/directory.js';
import { editProgram, prepareRecipe, type Recipe } from '../fixtures/docs/recipe.js';
import { until } from '../fixtures/timing/until.js';

const kWorkers = 2;
const kQueue = 4;
/** So long that its worker is killed before. */
const kEndless = 60;

async function startServer(t: Test, edit?: (recipe: Recipe) => void) {
  const recipe = prepareRecipe(t, 'worker-pool');
  edit?.(recipe);
  const server = recipe.start('server.mjs', '0', String(kWorkers), String(kQueue));
  await until(() => server.stdout() !== '', 'it listens');
  const port = /port: (\d+)/.exec(server.stdout())?.[1];
  return {
    server,
    dir: recipe.dir,
    /** The status and the text of the answer. */
    async ask(n: number): Promise<[number, string]> {
      const response = await fetch(`http://127.0.0.1:${port}/fibonacci/${n}`);
      return [response.status, await response.text()];
    },
    /** The process ids of the workers that have taken a job. */
    workers: () =>
      list({ dir: recipe.dir }).flatMap(({ name, bytesRead, reader: { state, pid } }) =>
        name.endsWith('-jobs') && bytesRead > 0 && state === 'open' ? [pid as number] : [],
      ),
  };
}

t.test('requests', async (t) => {
  const { server, dir, ask } = await startServer(t);
  for (let i = 0; i < 50; i++) {
    const answers = await Promise.all([ask(5), ask(10), ask(15), ask(20)]);
    t.strictSame(answers, [
      [200, '5\n'],
      [200, '55\n'],
      [200, '610\n'],
      [200, '6765\n'],
    ]);
  }
  server.kill('SIGTERM');
  t.match(await server.exit, { code: 0, stderr: '' });
  t.doesNotThrow(() => assertNoneHeld(dir), 'nobody holds a channel');
});

t.test('too many requests, and workers that are killed', async (t) => {
  const { server, dir, ask, workers } = await startServer(t);
  const tooMany = 3;
  let answered = 0;
  const answers = Array.from({ length: kWorkers + kQueue + tooMany }, async () => {
    const answer = await ask(kEndless);
    answered++;
    return answer;
  });
  await until(() => answered === tooMany, 'those that are too many are refused');

  for (let i = 1; i <= kWorkers + kQueue; i++) {
    await until(() => workers().length > 0, 'a worker is at work');
    process.kill(workers()[0] as number, 'SIGKILL');
    await until(() => answered === tooMany + i, 'its request is answered');
  }
  const statuses = (await Promise.all(answers)).map(([status]) => status);
  t.equal(statuses.filter((status) => status === 503).length, tooMany);
  t.equal(statuses.filter((status) => status === 502).length, kWorkers + kQueue);

  // Idle ones, too.
  const areAllBack = async () => {
    const answers = await Promise.all([ask(20), ask(20)]);
    return answers.every(([status]) => status === 200) && workers().length === kWorkers;
  };
  await until(areAllBack, 'all are there again');
  for (const pid of workers()) process.kill(pid, 'SIGKILL');
  await until(() => workers().length === 0, 'they are gone');
  await until(areAllBack, 'and once more');
  server.kill('SIGTERM');
  t.match(await server.exit, { code: 0, stderr: '' });
  t.doesNotThrow(() => assertNoneHeld(dir), 'nobody holds a channel');
});

t.test('the server is killed', async (t) => {
  const { server, dir, ask, workers } = await startServer(t);
  const areAtWork = async () => {
    await Promise.all([ask(20), ask(20)]);
    return workers().length === kWorkers;
  };
  await until(areAtWork, 'both workers have done something');
  server.kill('SIGKILL');
  // The workers share its output, which is read until they are gone, too.
  t.match(await server.exit, { signal: 'SIGKILL' });
  t.doesNotThrow(() => assertNoneHeld(dir), 'nobody holds a channel');
});

t.test('jobs and results that cannot be sent, and jobs that throw', async (t) => {
  const { server, dir, ask, workers } = await startServer(t, (recipe) => {
    const job = 'runJob({ n: n === 31 ? () => {} : n })';
    editProgram(recipe, 'server.mjs', 'runJob({ n })', job);
    const results = `value: n === 32 ? () => {} : n === 33 ? new URL('https://x.org/')
      : n === 34 ? JSON.parse('{') : fibonacci(n)`;
    editProgram(recipe, 'worker.mjs', 'value: fibonacci(n)', results);
  });
  const areBothThere = async () => {
    await Promise.all([ask(20), ask(20)]);
    return workers().length === kWorkers;
  };
  await until(areBothThere, 'both workers have done something');
  const before = workers();
  const answers = await Promise.all([ask(31), ask(32), ask(33), ask(34), ask(10)]);
  t.strictSame(
    answers.map(([status]) => status),
    [502, 502, 502, 502, 200],
  );
  for (const [, text] of answers.slice(0, 2)) t.match(text, /function/i);
  t.match(answers[2]?.[1], /URL/);
  t.match(answers[3]?.[1], /SyntaxError/);
  t.strictSame(workers(), before, 'no worker was lost');
  server.kill('SIGTERM');
  t.match(await server.exit, { code: 0, stderr: '' });
  t.doesNotThrow(() => assertNoneHeld(dir), 'nobody holds a channel');
});
