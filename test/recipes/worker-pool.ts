// docs/recipes/worker-pool.md: each request is answered, with the result, or with what went wrong;
// workers are killed at work and idle, and nothing is left.
import { readFileSync } from 'node:fs';
import { list } from 'smipc';
import t, { type Test } from 'tap';
import { assertNoneHeld } from '../fixtures/channels/directory.js';
import { editProgram, prepareRecipe, type Recipe } from '../fixtures/docs/recipe.js';
import { stopped } from '../fixtures/processes/stopped.js';
import { until } from '../fixtures/timing/until.js';

const kWorkers = 2;
const kQueue = 4;
/** So long that its worker is killed before. */
const kEndless = 60;

async function startServer(t: Test, edit?: (recipe: Recipe) => void, limitMs = 30_000) {
  const recipe = prepareRecipe(t, 'worker-pool');
  edit?.(recipe);
  const args = ['0', kWorkers, kQueue, limitMs].map(String);
  const server = recipe.start('server.mjs', ...args);
  await until(() => server.stdout() !== '', 'it listens');
  const port = /port: (\d+)/.exec(server.stdout())?.[1];
  return {
    server,
    dir: recipe.dir,
    /** The status and the text of the answer. */
    async ask(n: number | string, signal?: AbortSignal): Promise<[number, string]> {
      const options = signal === undefined ? {} : { signal };
      const response = await fetch(`http://127.0.0.1:${port}/fibonacci/${n}`, options);
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

const kWorkerStarts = 'const [name] = process.argv.slice(2);';

t.test('a worker that is killed while it starts', async (t) => {
  const { server, ask } = await startServer(t, (recipe) => {
    const killTheFirst = `
      const { mkdirSync } = await import('node:fs');
      let isFirst = true;
      try { mkdirSync(new URL('first', import.meta.url)); } catch { isFirst = false; }
      if (isFirst) process.kill(process.pid, 'SIGKILL');`;
    editProgram(recipe, 'worker.mjs', kWorkerStarts, kWorkerStarts + killTheFirst);
  });
  const answers = await Promise.all([ask(10), ask(10), ask(10)]);
  t.strictSame(answers, Array(3).fill([200, '55\n']));
  server.kill('SIGTERM');
  t.match(await server.exit, { code: 0, stderr: '' });
});

t.test('no worker starts', async (t) => {
  const { server, dir } = await startServer(t, (recipe) => {
    editProgram(recipe, 'worker.mjs', kWorkerStarts, 'process.exit(1);');
  });
  t.match(await server.exit, { code: 1, stderr: /3 workers in a row did not start/ });
  t.doesNotThrow(() => assertNoneHeld(dir), 'nobody holds a channel');
});

/** Of the server and its workers: what a terminal, or systemd, sends a signal to. */
function groupOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return [...children.map(Number), pid];
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} to all, at work and idle`, async (t) => {
    const { server, dir, ask, workers } = await startServer(t);
    const areAtWork = async () => {
      await Promise.all([ask(20), ask(20)]);
      return workers().length === kWorkers;
    };
    await until(areAtWork, 'both workers have done something');
    const read = () => list({ dir }).reduce((sum, { bytesRead }) => sum + bytesRead, 0);
    const before = read();
    const answer = ask(36);
    await until(() => read() > before, 'one is at work');
    for (const pid of groupOf(server.pid)) process.kill(pid, signal);
    t.strictSame(await answer, [200, '14930352\n']);
    t.match(await server.exit, { code: 0, stderr: '' });
    t.doesNotThrow(() => assertNoneHeld(dir), 'nobody holds a channel');
  });
}

t.test('a worker dies when all requests are over', async (t) => {
  const { server, dir, ask, workers } = await startServer(t);
  const client = new AbortController();
  const answer = t.rejects(ask(kEndless, client.signal), { name: 'AbortError' });
  const [pid] = (await until(() => workers().length > 0 && workers(), 'one is at work')) as [
    number,
  ];
  client.abort();
  await answer;
  server.kill('SIGTERM');
  const isOver = () =>
    list({ dir }).some(({ writer, reader }) => reader.pid === pid && writer.state === 'ended');
  await until(isOver, 'there are no more jobs');
  process.kill(pid, 'SIGKILL');
  t.match(await server.exit, { code: 0, stderr: '' });
  t.doesNotThrow(() => assertNoneHeld(dir), 'nobody holds a channel');
});

t.test('what is no job', async (t) => {
  const { server, ask, workers } = await startServer(t);
  t.equal((await ask(10))[0], 200);
  const before = workers();
  for (const path of ['', 'favicon.ico', '-1', '1e3', '1/2']) t.equal((await ask(path))[0], 404);
  t.equal((await ask(10))[0], 200);
  t.ok(
    before.every((pid) => workers().includes(pid)),
    'no worker was lost',
  );
  server.kill('SIGTERM');
  t.match(await server.exit, { code: 0, stderr: '' });
});

t.test('a worker that hangs, at work and when it is to end', async (t) => {
  const { server, dir, ask, workers } = await startServer(t, undefined, 1000);
  const areBothThere = async () => {
    await Promise.all([ask(20), ask(20)]);
    return workers().length === kWorkers;
  };
  await until(areBothThere, 'both workers have done something');
  const stop = async (pid: number) => {
    process.kill(pid, 'SIGSTOP');
    await stopped(pid);
  };
  await Promise.all(workers().map(stop));
  const answers = await Promise.all([ask(10), ask(10)]);
  t.strictSame(
    answers.map(([status]) => status),
    [502, 502],
  );
  await until(areBothThere, 'two others are there');
  await stop(workers()[0] as number);
  server.kill('SIGTERM');
  t.match(await server.exit, { code: 0, stderr: '' });
  t.doesNotThrow(() => assertNoneHeld(dir), 'nobody holds a channel');
});

t.test('a job that is too large', async (t) => {
  const { server, dir, ask } = await startServer(t, (recipe) => {
    const job = 'runJob({ n, text: n === 31 ? new Uint8Array(2 ** 26) : undefined })';
    editProgram(recipe, 'server.mjs', 'runJob({ n })', job);
  });
  const [status, text] = await ask(31);
  t.equal(status, 502);
  t.match(text, /^ERR_SMIPC_MESSAGE_TOO_LARGE/);
  t.strictSame(await ask(10), [200, '55\n'], 'the server goes on');
  server.kill('SIGTERM');
  t.match(await server.exit, { code: 0 });
  t.doesNotThrow(() => assertNoneHeld(dir), 'nobody holds a channel');
});
