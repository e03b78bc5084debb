// `exec`: the program's status, and how the death of either side ends the other.
import t from 'tap';
import { channelsIn } from '../fixtures/channels/directory.js';
import { openShell } from '../fixtures/processes/shell.js';

t.test('a program between two channels', async (t) => {
  const { run, dir } = openShell(t);
  const { code, stdout, stderr } = await run(`
    head -c 5M /dev/urandom > sent
    smipc write raw sent & smipc exec --stdin raw --stdout packed -- gzip -1 & status=$!
    smipc read packed | gunzip > got; wait $status && cmp sent got && echo whole`);
  t.strictSame({ code, stdout, stderr }, { code: 0, stdout: 'whole\n', stderr: '' });
  t.strictSame(channelsIn(dir), []);
});

t.test('its stdin and stdout are pipes, as in a shell', async (t) => {
  const { run } = openShell(t);
  const { stdout, stderr } = await run(`
    echo sent | smipc write a
    smipc exec -i a -o b -- bash -c 'cat /dev/stdin > /dev/stdout; stat -Lc %F - /dev/stdout'
    smipc read b`);
  t.equal(stdout, 'sent\nfifo\nfifo\n', stderr);
});

t.test('a program that opens them by name when the other side has gone', async (t) => {
  const { run } = openShell(t);
  const { stdout, stderr } = await run(`
    until_gone() { while smipc ls $1 > /dev/null; do :; done; }; export -f until_gone
    echo sent | smipc write a; smipc exec -i a -- bash -c 'until_gone a; cat /dev/stdin'; echo $?
    smipc exec -o b -- bash -c 'echo first; until_gone b; echo more > /dev/stdout' & exec=$!
    smipc read b got & reader=$!; until [ -s got ]; do :; done; kill $reader; wait $exec; echo $?`);
  t.equal(stdout, 'sent\n0\n141\n', stderr);
});

t.test('its status is the status, and its options are its own', async (t) => {
  const { run } = openShell(t);
  for (const [command, status] of [
    ['true', 0],
    ["bash -c 'exit 7'", 7],
    ["bash -c 'kill -KILL $$'", 137],
    ["bash -c 'kill -TERM $$'", 143],
    ['no-such-program', 127],
    ['./data/in/no/folder', 126],
    ["''", 126],
    ['./data', 126],
  ] as const) {
    const { stdout } = await run(`
      echo text > data; smipc exec -o c ${command} 2> /dev/null; echo $?
      smipc ls --json c > /dev/null && { smipc read c 2> /dev/null; echo $?; }`);
    t.match(stdout, new RegExp(`^${status}\n`), command);
    t.notMatch(stdout, status === 0 ? /never/ : /\n0\n$/, 'no clean end if it failed');
  }
});

t.test(
  'the writer died: the program gets what there is, and its reader no clean end',
  async (t) => {
    const { run } = openShell(t);
    const { stdout, stderr } = await run(`
    mkfifo in; exec 3<> in; smipc write a < in & writer=$!; echo sent >&3
    until [[ $(smipc ls --json a) =~ '"used":5' ]]; do :; done; kill -KILL $writer
    smipc exec -i a -o b cat; echo exec $?; smipc read b; echo read $?`);
    t.equal(stdout, 'exec 1\nsent\nread 1\n', stderr);
  },
);

t.test(
  'the reader has gone: the program finds its stdout closed, and its writer is told',
  async (t) => {
    const { run } = openShell(t);
    const { stdout } = await run(`
    yes | smipc write a & writer=$!
    smipc exec -i a -o b cat & exec=$!
    smipc read b | head -n 1; wait $exec; echo exec $?; wait $writer; echo write $?`);
    t.equal(stdout, 'y\nexec 141\nwrite 1\n');
  },
);

t.test('the program does not read to the end', async (t) => {
  const { run } = openShell(t);
  const { stdout } = await run(`
    yes | smipc write a & writer=$!
    smipc exec -i a head -n 1; echo exec $?; wait $writer; echo write $?`);
  t.equal(stdout, 'y\nexec 0\nwrite 1\n');
});

for (const signal of ['TERM', 'HUP', 'INT', 'KILL']) {
  t.test(`SIG${signal} to exec`, async (t) => {
    const { run } = openShell(t);
    // From a terminal that is not ours; the program ends with its stdin in any case.
    const { stdout } = await run(`
      smipc exec -i a -o b -- bash -c 'echo begun; exec cat' & exec=$!
      until [[ $(smipc ls --json b) =~ '"used":6' ]]; do :; done
      kill -${signal} $exec; wait $exec; echo $(($? - 128)) | { read n; kill -l $n; }
      smipc read b; echo $?`);
    t.equal(stdout, `${signal}\nbegun\n1\n`);
  });
}

t.test('a program that has its own way with a signal', async (t) => {
  const { run } = openShell(t);
  const { stdout } = await run(`
    smipc exec -o b -- bash -c 'trap "echo stopped; exit 0" TERM; echo begun; while :; do sleep 0.1; done' &
    until [[ $(smipc ls --json b) =~ '"used":6' ]]; do :; done
    kill -TERM $!; wait $!; echo $?; smipc read b; echo $?`);
  t.equal(stdout, '0\nbegun\nstopped\n0\n');
});

t.test('if a channel is busy, the program is not started', async (t) => {
  const { run } = openShell(t);
  const { stdout } = await run(`
    echo x | smipc write b; smipc exec -i a -o b touch started; echo $?; ls; smipc ls a; echo $?`);
  t.equal(stdout, '4\n3\n');
});
