// docs/recipes/request-and-response.md: each question gets its answer, in order, over a server that is
// killed again and again, and a server outlives its clients.
import t from 'tap';
import { channelsIn } from '../fixtures/channels/directory.js';
import { editProgram, prepareRecipe } from '../fixtures/docs/recipe.js';
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

t.test('the server is killed when the client comes', async (t) => {
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

t.test('a second server is refused, a second client is not', async (t) => {
  const { start } = prepareRecipe(t, 'request-and-response');
  const client = start('client.mjs', '1000000000');
  const server = start('server.mjs');
  await until(() => linesIn(client.stdout()) > 100, 'the server answers');
  const second = await start('server.mjs').exit;
  t.match(second, { code: 1, stdout: '', stderr: new RegExp(`EADDRINUSE.*${server.pid}`) });
  const outcome = { code: 0, signal: null, stdout: squaresUpTo(50), stderr: '' };
  t.strictSame(await start('client.mjs', '50').exit, outcome);
  const before = linesIn(client.stdout());
  await until(() => linesIn(client.stdout()) > before + 100, 'the first one goes on');
  client.kill('SIGKILL');
  const { stdout } = await client.exit;
  t.equal(stdout, squaresUpTo(linesIn(stdout)));
});

const kAsked = 'square: (number) => number * number';
const kPrinted = 'await square(number)';
/** Of call 3 and 5; both are answered as if nothing had been. */
const kUnsendable = '(number === 3 ? () => {} : number === 5 ? new URL("https://x.org/") : number)';

for (const [file, from, to] of [
  ['server.mjs', kAsked, `square: (number) => ${kUnsendable} && ${kUnsendable}`],
  [
    'server.mjs',
    kAsked,
    `square: (number) => { if (number % 2 === 1 && number > 1)
    throw new Error('outer', { cause: ${kUnsendable} }); return number; }`,
  ],
  ['client.mjs', "server.call('square', number,", `server.call('square', ${kUnsendable},`],
] as const) {
  t.test(`${file}: ${to}`, async (t) => {
    const recipe = prepareRecipe(t, 'request-and-response');
    editProgram(recipe, file, from, to);
    editProgram(recipe, 'client.mjs', kPrinted, `${kPrinted}.catch((error) => error.name)`);
    const server = recipe.start('server.mjs');
    const { stdout, ...rest } = await recipe.start('client.mjs', '6').exit;
    t.strictSame(rest, { code: 0, signal: null, stderr: '' });
    const lines = stdout.split('\n').slice(0, -1);
    t.strictSame([lines[2], lines[4]], ['DataCloneError', 'DataCloneError']);
    const others = [1, 2, 4, 6].map((n) => String(file === 'client.mjs' ? n * n : n));
    t.strictSame([lines[0], lines[1], lines[3], lines[5]], others, 'the others are answered');
    server.kill('SIGTERM');
    t.match(await server.exit, { stderr: '' }, 'it was one connection');
  });
}

const kTooLarge = 'new Uint8Array(2 ** 26 + 1)';

t.test('a response that is too large', async (t) => {
  const recipe = prepareRecipe(t, 'request-and-response');
  editProgram(recipe, 'server.mjs', kAsked, `square: (number) => number === 2 ? ${kTooLarge} : 1`);
  editProgram(recipe, 'client.mjs', kPrinted, `${kPrinted}.catch((error) => error.peer)`);
  const server = recipe.start('server.mjs');
  const outcome = { code: 0, signal: null, stdout: '1\naborted\n1\n', stderr: '' };
  t.strictSame(await recipe.start('client.mjs', '3').exit, outcome);
  server.kill('SIGTERM');
  t.match(await server.exit, { stderr: /^ERR_SMIPC_MESSAGE_TOO_LARGE: .*\n$/ }, 'it says why');
});

t.test('a request that is too large', async (t) => {
  const recipe = prepareRecipe(t, 'request-and-response');
  const sent = `server.call('square', number === 2 ? ${kTooLarge} : number,`;
  editProgram(recipe, 'client.mjs', "server.call('square', number,", sent);
  editProgram(recipe, 'client.mjs', kPrinted, `${kPrinted}.catch((error) => error.code)`);
  recipe.start('server.mjs');
  const stdout = '1\nERR_SMIPC_MESSAGE_TOO_LARGE\n9\n';
  const outcome = { code: 0, signal: null, stdout, stderr: '' };
  t.strictSame(await recipe.start('client.mjs', '3').exit, outcome);
});
