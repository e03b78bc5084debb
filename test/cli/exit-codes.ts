// Each exit status that docs/command-line.md lists, as a shell sees it.
import t from 'tap';
import { channelsIn } from '../fixtures/channels/directory.js';
import { openShell } from '../fixtures/processes/shell.js';

t.test('0: done', async (t) => {
  const { run, dir } = openShell(t);
  t.match(await run('echo sent | smipc write c && smipc read c'), {
    code: 0,
    stdout: 'sent\n',
    stderr: '',
  });
  t.strictSame(channelsIn(dir), [], 'nothing is left behind');
});

t.test('0: help, however it is asked for', async (t) => {
  const { run } = openShell(t);
  const { stdout: general } = await run('smipc help');
  for (const args of ['--help', '-h', 'help help', 'help --help', '--help -h']) {
    t.match(await run(`smipc ${args}`), { code: 0, stdout: general, stderr: '' }, args);
  }
  const { stdout: ofLs } = await run('smipc help ls');
  t.match(ofLs, /^Usage: smipc ls /);
  t.match(await run('smipc ls --help'), { code: 0, stdout: ofLs, stderr: '' });
});

t.test('1: the writer did not end, although all that it wrote is there', async (t) => {
  const { run } = openShell(t);
  const cut = await run(`
    mkfifo in; smipc write c < in & exec 3> in; echo sent >&3
    until [[ $(smipc ls --json c) =~ '"used":5' ]]; do :; done
    kill -KILL $!; smipc read c; echo $?`);
  t.equal(cut.stdout, 'sent\n1\n');
  t.match(cut.stderr, /smipc: ECONNRESET/);
});

t.test('1: a file is missing, and nothing is sent', async (t) => {
  const { run, dir } = openShell(t);
  const { code, stderr } = await run('echo a > a; smipc write c a missing');
  t.equal(code, 1);
  t.match(stderr, /^smipc: ENOENT.*'missing'\n$/);
  t.strictSame(channelsIn(dir), []);
});

t.test('2: the command line is wrong', async (t) => {
  const { run, dir } = openShell(t);
  for (const [args, said] of [
    ['', 'Usage: smipc COMMAND'],
    ['nothing', "smipc: there is no command 'nothing'"],
    ['--nothing', "smipc: there is no option '--nothing'"],
    ['--json ls', "smipc: there is no option '--json'; those of a command stand behind its name"],
    ['help ls extra', "smipc: help takes no argument 'extra'"],
    ['--version extra', "smipc: --version takes no argument 'extra'"],
    ['help nothing', "smipc: there is no command 'nothing'"],
    ['write', 'smipc: write needs NAME'],
    ['read a b c', "smipc: read takes no argument 'c'"],
    ['write --nothing c', 'smipc: write has no option --nothing'],
    ['write -x c', 'smipc: write has no option -x'],
    ['write c --capacity', 'smipc: --capacity needs a value: --capacity=SIZE'],
    ['write --capacity=much c', 'smipc: --capacity takes a size'],
    ['write --capacity=0 c', 'smipc: --capacity takes a size of at least one byte'],
    ['write --capacity=2T c', 'smipc: --capacity is out of range'],
    ['write --timeout=soon c', 'smipc: --timeout takes a time'],
    ['write --quiet=yes c', 'smipc: --quiet takes no value'],
    ['write --json --messages c', 'smipc: --json goes with neither --messages nor --null'],
    ['write -0 c', 'smipc: --null needs --messages'],
    ['write .hidden', 'smipc: NAME must not begin with "."'],
    ['status a/b', 'smipc: NAME must not contain "/"'],
    ['ls --dir=', 'smipc: --dir must not be empty'],
    ["write $'caf\\xe9'", "smipc: the argument 'caf\ufffd' is not UTF-8"],
    ['rm', 'smipc: rm needs names, or --stale, and not both'],
    ['rm --stale c', 'smipc: rm needs names, or --stale, and not both'],
    ['rm --stale', 'smipc: rm --stale asks before it removes anything, on a terminal'],
    ['ls --watch=0', "smipc: --watch takes a time of at least 100ms, not '0'"],
    ['ls --watch=600h', "smipc: --watch takes a time of at most 2147483647ms, not '600h'"],
    ['top -i 99999h', "smipc: --interval takes a time of at most 2147483647ms, not '99999h'"],
    ['read -t 99999h c', "smipc: --timeout takes a time of at most 2147483647ms, not '99999h'"],
    ['write -t 2147483648ms c', 'smipc: --timeout takes a time of at most 2147483647ms'],
    ['ls -w1x', "smipc: --watch takes a time such as 500ms, 5s or 2m, not '1x'"],
    ['ls --watch 2s', 'smipc: --watch and its time are one word: --watch=2s'],
    ['status -w 2 c', 'smipc: -w and its time are one word: --watch=2'],
    ['exec true', 'smipc: exec needs --stdin, --stdout, or both'],
    ['exec --stdin c', 'smipc: exec needs a command, after --'],
    ['completion csh', "smipc: completion knows bash, zsh, fish, not 'csh'"],
  ] as const) {
    const { code, stdout, stderr } = await run(`smipc ${args}`);
    t.strictSame({ code, stdout }, { code: 2, stdout: '' }, args);
    t.ok(stderr.startsWith(said), `${args}: ${stderr}`);
  }
  t.strictSame(channelsIn(dir), [], 'nothing was done');
});

t.test('3: no such channel', async (t) => {
  const { run } = openShell(t);
  for (const args of ['status c', 'rm c', 'rm --force c', 'rm --dry-run c', "ls 'c*'"]) {
    t.equal((await run(`smipc ${args}`)).code, 3, args);
  }
  t.equal((await run('smipc ls')).code, 0, 'an empty directory is no failure');
});

t.test('4: busy', async (t) => {
  const { run } = openShell(t);
  await run('echo a | smipc write c');
  for (const args of ['write c', 'exec --stdout c echo never']) {
    const { code, stdout, stderr } = await run(`smipc ${args} < /dev/null`);
    t.strictSame({ code, stdout }, { code: 4, stdout: '' }, args);
    t.match(stderr, /^smipc: EBUSY/);
  }
  const held = await run(`
    mkfifo gate; smipc write held < gate & exec 3> gate
    until smipc ls held > /dev/null; do :; done
    for args in 'rm held' 'rm --dry-run held' 'rm held nothing' 'rm nothing held'; do
      smipc $args 2> /dev/null; echo $?
    done
    smipc rm --force held; echo $?; exec 3>&-; wait`);
  t.equal(held.stdout, '4\n4\n3\n4\nheld\n0\n', 'the status is that of the last failure');
});

t.test('124: time is over', async (t) => {
  const { run, dir } = openShell(t);
  for (const args of ['read -t 50ms c', 'write -t 50ms c < /dev/null', 'read -t 50ms c new']) {
    const { code, stderr } = await run(`smipc ${args}`);
    t.equal(code, 124, args);
    t.match(stderr, /^smipc: ETIMEDOUT/);
  }
  t.equal((await run('test -e new')).code, 1, 'the file for nothing is not made');
  t.strictSame(channelsIn(dir), []);
  const waited = await run(
    'echo a | smipc write c; smipc write --wait --timeout 50ms c < /dev/null',
  );
  t.equal(waited.code, 124, 'the wait for the role counts');
  const longest = await run('smipc rm c; echo b | smipc write c; smipc read -t 2147483647ms c');
  t.match(longest, { code: 0, stdout: 'c\nb\n', stderr: '' }, 'no timer overflows');
});

t.test('141: the reader of stdout has gone', async (t) => {
  const { run } = openShell(t);
  const read = await run('yes | smipc write c & smipc read c | head -n 1; echo $PIPESTATUS');
  t.equal(read.stdout, 'y\n141\n');
  t.match(read.stderr, /^smipc: EPIPE: .*\n$/, 'the writer says so, the reader does not');
  for (const args of ['completion bash', 'help', '--version']) {
    const shown = await run(
      `mkfifo out; true < out & exec 3> out; wait $!; smipc ${args} >&3; echo $?; rm out`,
    );
    t.match(shown, { stdout: '141\n', stderr: '' }, args);
  }
});
