// docs/recipes/request-and-response.md: each question gets its answer, in order, over a server that is
// killed again and again, and a server outlives its clients.
import t from 'tap';
import { channelsIn } from '../fixtures/channels/directory.js';
import { prepareRecipe } from '../fixtures/docs/recipe.js';
import { until } from '../fixtures/timing/until.js';

const kKills = 10;
const squaresUpTo = (count: number): string =>
  Array.from({ length: count }, (_, i) => `${(i + 1) ** 2}\n`).join('');
const linesIn = (text: string): number => text.split('\n').length - 1;

t.test('the server is killed, with questions and answers under way', async (t) => {
  const { start } = prepareRecipe(t, 'request-and-response');
  let server = start('server.mjs');
  const client = start('client.mjs', '1000000000');
  for (let i = 0; i < kKills; i++) {
    const before = linesIn(client.stdout());
    await until(() => linesIn(client.stdout()) > before + 100, 'the server answers');
    server.kill('SIGKILL');
    await server.exit;
    server = start('server.mjs');
  }
  const before = linesIn(client.stdout());
  await until(() => linesIn(client.stdout()) > before + 100, 'the last server answers');
  client.kill('SIGKILL');
  const { stdout, stderr } = await client.exit;
  t.equal(stdout, squaresUpTo(linesIn(stdout)));
  t.equal(stderr, '');
});

t.test('the server is killed between its two channels', async (t) => {
  const { start, startWith } = prepareRecipe(t, 'request-and-response');
  const client = start('client.mjs', '100');
  const kill = `import { subscribe } from 'node:diagnostics_channel';
    subscribe('smipc:open', () => process.kill(process.pid, 'SIGKILL'));`;
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(kill)}` };
  for (let i = 0; i < kKills; i++) {
    t.match(await startWith(env, 'server.mjs').exit, { signal: 'SIGKILL' });
  }
  start('server.mjs');
  const outcome = { code: 0, signal: null, stdout: squaresUpTo(100), stderr: '' };
  t.strictSame(await client.exit, outcome);
});

t.test('the server outlives clients, whether they end or are killed', async (t) => {
  const { start, dir } = prepareRecipe(t, 'request-and-response');
  const server = start('server.mjs');
  for (let i = 0; i < kKills; i++) {
    const killed = start('client.mjs', '1000000000');
    await until(() => linesIn(killed.stdout()) > 100, 'the server answers');
    killed.kill('SIGKILL');
    const { stdout } = await killed.exit;
    t.equal(stdout, squaresUpTo(linesIn(stdout)));
    const outcome = { code: 0, signal: null, stdout: squaresUpTo(50), stderr: '' };
    t.strictSame(await start('client.mjs', '50').exit, outcome);
  }
  t.ok(server.isRunning());
  server.kill('SIGTERM');
  const { stderr } = await server.exit;
  t.equal(linesIn(stderr), kKills, 'it has told of each client that was killed');
  t.ok(channelsIn(dir).length <= 2, 'what it held when it was killed itself');
});

t.test('a second server and a second client are refused', async (t) => {
  const { start } = prepareRecipe(t, 'request-and-response');
  const client = start('client.mjs', '1000000000');
  const server = start('server.mjs');
  await until(() => linesIn(client.stdout()) > 100, 'the server answers');
  for (const [file, { pid }] of Object.entries({ 'server.mjs': server, 'client.mjs': client })) {
    const second = await start(file).exit;
    t.match(second, { code: 1, stdout: '', stderr: new RegExp(`EBUSY.*${pid}`) }, file);
  }
  const before = linesIn(client.stdout());
  await until(() => linesIn(client.stdout()) > before + 100, 'the first ones go on');
  client.kill('SIGKILL');
  const { stdout } = await client.exit;
  t.equal(stdout, squaresUpTo(linesIn(stdout)));
});
