// Byte for byte, whatever stdin and stdout are.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'smipc';
import t from 'tap';
import { bindfsDirectory } from '../fixtures/processes/mounts.js';
import { openShell } from '../fixtures/processes/shell.js';
import { until } from '../fixtures/timing/until.js';

const kBytes = 1024 ** 3;

t.test('a large stream, in a pipeline', async (t) => {
  const { run } = openShell(t);
  const { code, stdout, stderr } = await run(`
    head -c ${kBytes} /dev/urandom | tee >(sha256sum > sent) | smipc write c &
    smipc read c | tee >(wc -c > bytes) | sha256sum > got; wait
    cmp sent got && cat bytes`);
  t.strictSame({ code, stdout, stderr }, { code: 0, stdout: `${kBytes}\n`, stderr: '' });
});

// What is behind stdin, and how it is said.
const inputs = {
  'a file': 'smipc write c < data',
  'a file from where it stands': '(head -c 1 > first; smipc write c) < data',
  'a pipe': 'cat data | smipc write c',
  'a FIFO as stdin': 'mkfifo in; cat data > in & smipc write c < in',
  'a named FIFO that has no writer yet': 'mkfifo in; (sleep 0.3; cat data > in) & smipc write c in',
  'files, and stdin between them': `
    head -c 1000 data > a; tail -c +1001 data | head -c 1000 > b; tail -c +2001 data > d
    cat b | smipc write c a - d`,
  'many files': 'split -n 40 data part-; smipc write c part-*',
  'a socket': 'node -e "$through" smipc write c < data',
  'a pipe that does not block': 'cat data | node -e "$nonblocking" smipc write c',
};

/** Gives a program a socket as stdin, which Node does, and pours its own into it. */
const through = `
  const [command, ...args] = process.argv.slice(1);
  const child = require('child_process').spawn(command, args, { stdio: ['pipe', 1, 2] });
  process.stdin.pipe(child.stdin);`;
/** The descriptor is shared, and libuv sets it to O_NONBLOCK. */
const nonblocking = `
  const [command, ...args] = process.argv.slice(1);
  process.stdin;
  require('child_process').spawnSync(command, args, { stdio: 'inherit' });`;

for (const [what, script] of Object.entries(inputs)) {
  t.test(`stdin: ${what}`, async (t) => {
    const { run } = openShell(t);
    const { stdout, stderr } = await run(
      `head -c 5000000 /dev/urandom > data; : > first
      { ${script}
      } & smipc read c got; wait
      cmp data <(cat first got) && echo whole`,
      { env: { through, nonblocking } },
    );
    t.equal(stdout, 'whole\n', stderr);
  });
}

// What is behind stdout.
const outputs = {
  'a file': 'smipc read c > got',
  'a file that is appended to':
    'echo before > got; smipc read c >> got; tail -c +8 got > x; mv x got',
  'a file by name, which was longer': 'cat data data > got; smipc read c got',
  'a pipe': 'smipc read c | cat > got',
  'a slow pipe': 'smipc read c | (sleep 0.3; cat) > got',
  'a FIFO by name': 'mkfifo out; cat out > got & smipc read c out; wait $!',
  'stdout by name': 'smipc read c - > got',
  'a socket': 'node -e "$from" smipc read c > got',
};
const from = `
  const [command, ...args] = process.argv.slice(1);
  const child = require('child_process').spawn(command, args, { stdio: [0, 'pipe', 2] });
  child.stdout.pipe(process.stdout);`;

for (const [what, script] of Object.entries(outputs)) {
  t.test(`stdout: ${what}`, async (t) => {
    const { run } = openShell(t);
    const { stdout, stderr } = await run(
      `head -c 5000000 /dev/urandom > data
      smipc write c data & writer=$!
      ${script}
      wait $writer; cmp data got && echo whole`,
      { env: { from } },
    );
    t.equal(stdout, 'whole\n', stderr);
  });
}

t.test('files that are read and written by the thread pool', async (t) => {
  const { run } = openShell(t);
  // Of a file system in user space, where each call may take its time; and what /proc makes up.
  const slow = bindfsDirectory(t);
  const { stdout } = await run(`
    head -c 5000000 /dev/urandom > ${slow}/data; cat ${slow}/data /proc/version > sent
    smipc write c ${slow}/data /proc/version & smipc read c ${slow}/got; wait
    cmp sent ${slow}/got && echo whole
    smipc write c < ${slow}/data & smipc read c > ${slow}/got; wait
    cmp ${slow}/data ${slow}/got && echo whole`);
  t.equal(stdout, 'whole\nwhole\n');
});

t.test('devices', async (t) => {
  const { run } = openShell(t);
  const { code, stdout } = await run(`
    smipc write c /dev/zero & smipc read c | head -c 1000000 | tr -d '\\0' | wc -c
    head -c 1000000 /dev/zero | smipc write d & smipc read d /dev/null && wait $!`);
  t.match({ code, stdout }, { code: 0, stdout: '0\n' });
});

t.test('an empty stream, and stdin that is closed, are empty streams', async (t) => {
  const { run } = openShell(t);
  const { code, stdout } = await run(
    'for from in "< /dev/null" "<&-"; do eval "smipc write c $from" && smipc read c | wc -c; done',
  );
  t.match({ code, stdout }, { code: 0, stdout: '0\n0\n' });
});

t.test('what cannot be read is no empty stream', async (t) => {
  const { run } = openShell(t);
  const { stdout, stderr } = await run('smipc write c < .; echo $?; smipc write c .; echo $?');
  t.equal(stdout, '1\n1\n');
  t.equal(stderr, 'smipc: stdin is a directory\nsmipc: . is a directory\n');
});

t.test('a disk that is full, or takes a part', async (t) => {
  const { run } = openShell(t);
  for (const [script, error] of [
    ['smipc read c > /dev/full', 'stdout: ENOSPC'],
    ['smipc read c /dev/full', '/dev/full: ENOSPC'],
    ['(ulimit -f 1; smipc read c > got)', 'stdout: EFBIG'],
    ['(ulimit -f 1; smipc read c got)', 'got: EFBIG'],
  ] as const) {
    const { stdout, stderr } = await run(`
      head -c 1500 /dev/zero | smipc write --capacity 4096 c; ${script}; echo $?; smipc ls`);
    t.equal(stdout, '1\n', script);
    t.ok(stderr.startsWith(`smipc: ${error}`), stderr);
  }
  const shown = await run(
    'smipc help write > /dev/full; echo $?; (ulimit -f 1; smipc help write > h)',
  );
  t.equal(shown.stdout, '1\n');
  t.equal(shown.code, 1);
});

t.test('a file is not touched until the channel is open', async (t) => {
  const { run } = openShell(t);
  const { stdout } = await run(`
    echo old > file; smipc read -t 50ms c file; echo $?; cat file
    smipc read c /no/such/file; echo $?; smipc ls`);
  t.equal(stdout, '124\nold\n1\n');
});

t.test('a file whose stream never comes stays as it is, and none is made', async (t) => {
  const { run, start, dir } = openShell(t);
  await run('echo precious > file; ln -s target link');
  for (const options of ['', '--resume', '--messages', '-mr']) {
    const reader = start(`exec smipc read ${options} c file`);
    await until(() => isOpen(dir), 'it waits');
    reader.kill('SIGTERM');
    await reader.exit;
    t.equal((await run('cat file')).stdout, 'precious\n', options);
    await run('smipc rm --force c');
  }
  const { stdout } = await run(`
    smipc read -t 50ms c new; echo $?; test -e new || echo none
    echo sent | smipc write c & smipc read c link; cat target
    smipc write c < /dev/null & smipc read c file; wc -c < file`);
  t.equal(stdout, '124\nnone\nsent\n0\n', 'a link is followed; an empty stream empties');
});

function isOpen(dir: string): boolean {
  try {
    return inspect('c', { dir }).reader.state === 'open';
  } catch {
    return false;
  }
}

t.test('a pipe that others share stays blocking', async (t) => {
  const { run } = openShell(t);
  // proc_pid_fdinfo(5): the flags are of the description, which is shared.
  const { stdout } = await run(`
    flags() { grep flags /proc/self/fdinfo/$1; }
    mkfifo in out; exec 3<> in 4<> out; flags 3 > before; flags 4 >> before
    smipc write c <&3 & until smipc ls c > /dev/null; do :; done
    smipc read c >&4 & until [[ $(smipc ls --json c) =~ '"reader":{"state":"open"' ]]; do :; done
    echo sent >&3; read line <&4; echo $line
    flags 3 > now; flags 4 >> now; cmp before now && echo same; kill %1 %2; wait`);
  t.equal(stdout, 'sent\nsame\n');
});

t.test('--rate-limit is even, and the other end is heard of meanwhile', async (t) => {
  const { start, cwd, dir } = openShell(t);
  const writer = start('yes | smipc write -L 1000 c');
  const reader = start('exec smipc read c got');
  await until(() => bytesIn(join(cwd, 'got')) > 0, 'some came');
  t.ok(bytesIn(join(cwd, 'got')) < 1000, 'not all that the pipe had');
  reader.kill('SIGKILL');
  const since = performance.now();
  t.match(await writer.exit, { stderr: /EPIPE/ });
  t.ok(performance.now() - since < 30_000, 'long before the pause for 64 KiB were over');
  t.throws(() => inspect('c', { dir }), { code: 'ENOENT' });
});

function bytesIn(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

t.test('--rate-limit', async (t) => {
  const { run } = openShell(t);
  const start = performance.now();
  const { stdout } = await run(`
    head -c 100000 /dev/zero | smipc write -L 100000 c & smipc read c | wc -c; wait
    head -c 100000 /dev/zero | smipc write c & smipc read -L 100000 c | wc -c; wait`);
  t.equal(stdout, '100000\n100000\n');
  t.ok(performance.now() - start > 1800, 'each takes a second, but for its first step');
});
