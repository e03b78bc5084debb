// stdout that nobody reads, or that is closed; stderr that is; and --quiet.
import { openChannel } from 'smipc';
import t from 'tap';
import { openShell } from '../fixtures/processes/shell.js';

t.test('a thousand channels for a reader who wants one', async (t) => {
  const { run, dir } = openShell(t);
  // More than a pipe holds.
  const longName = (i: number): string => `${i}-${'x'.repeat(200)}`;
  for (let i = 1000; i < 2000; i++) {
    const channel = openChannel(longName(i), 'w', { dir, capacity: 4096 });
    channel.end();
    await channel.close();
  }
  for (const command of ['ls', 'ls --json']) {
    const { stdout, stderr } = await run(`
      smipc ${command} | head -n 1; echo $PIPESTATUS`);
    const [line = '', status] = stdout.split('\n');
    t.ok(line.includes(longName(1000)), command);
    t.equal(stderr, '');
    t.equal(status, '141');
  }
  const counted = await run('smipc ls | wc -l');
  t.equal(counted.stdout, '1000\n');
});

t.test('stdout is closed: what is written is lost, as the page says', async (t) => {
  const { run } = openShell(t);
  const { stdout, stderr } = await run(`
    for command in 'ls' 'help' 'ls --json' '--version' 'completion zsh'; do
      smipc $command >&-; echo $?
    done
    echo data | smipc write c >&-; echo $?
    smipc read c >&-; echo $?`);
  t.equal(stdout, '0\n'.repeat(7));
  t.equal(stderr, '');
});

t.test('stderr is closed, or gone: the exit status says it', async (t) => {
  const { run } = openShell(t);
  const { stdout } = await run(`
    smipc status missing 2>&-; echo $?
    smipc nothing 2>&-; echo $?
    smipc rm missing 2> /dev/full; echo $?
    exec 3>&1; { smipc status missing 2>&1 > /dev/null; echo $? >&3; } | true
    head -c 100000 /dev/zero > data
    (smipc write --progress c data 2>&-; echo $?) & smipc read c 2>&- | cmp - data; wait`);
  t.equal(stdout, '3\n2\n3\n3\n0\n');
});

t.test('--quiet: nothing on stderr, the same exit status', async (t) => {
  const { run } = openShell(t);
  for (const [command, code] of [
    ['echo {} | smipc write --quiet --json c; echo null | smipc write -qj --wait -t 1ms c', 124],
    ['smipc read --quiet missing --timeout 1ms', 124],
    ['smipc write --quiet missing no-file', 1],
    ['smipc write -q c /dev/null', 4],
    ['smipc write --progress --quiet d /dev/null', 0],
    ['smipc read -q d /no/such/file', 1],
  ] as const) {
    t.match(await run(command), { code, stdout: '', stderr: '' }, command);
  }
  const usage = await run('smipc write --quiet --nothing c');
  t.match(usage.stderr, /^smipc: write has no option --nothing/, 'not of a wrong command line');
});
