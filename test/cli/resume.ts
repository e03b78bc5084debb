// `--resume`: a writer of files goes on where the last one stopped; one of stdin sends what comes. A
// reader appends to its file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'smipc';
import t from 'tap';
import { openShell } from '../fixtures/processes/shell.js';
import { until } from '../fixtures/timing/until.js';

for (const signal of ['KILL', 'TERM'] as const) {
  t.test(
    `SIG${signal} to a writer of files, and to a reader: nothing is missing or twice`,
    async (t) => {
      const { run, start, dir } = openShell(t);
      await run('head -c 3M /dev/urandom > a; head -c 3M /dev/urandom > b; cat a b > sent');
      const write = 'exec smipc write -r -c 64K c a b';
      const first = start(write);
      await until(() => usedOf(dir) === 65536, 'the ring is full');
      first.kill(`SIG${signal}`);
      t.match(
        await first.exit,
        { signal: `SIG${signal}`, stderr: '' },
        'at once, although nobody reads',
      );
      const second = start(write);
      const reader = start('exec smipc read -r -L 4M c got');
      await until(() => bytesReadOf(dir) > 1e5, 'some is read');
      reader.kill(`SIG${signal}`);
      t.match(await reader.exit, { signal: `SIG${signal}` });
      t.match(await run('smipc read -r c got'), { code: 0, stderr: '' });
      t.match(await second.exit, { code: 0 });
      t.equal((await run('cmp sent got && echo whole')).stdout, 'whole\n');
    },
  );
}

function usedOf(dir: string): number {
  try {
    return inspect('c', { dir }).used;
  } catch {
    return 0;
  }
}

t.test('a file that is shorter than what was sent of it', async (t) => {
  const { run } = openShell(t);
  const { stdout, stderr } = await run(`
    mkfifo in; smipc write -r c < in & exec 3> in; echo 'fifteen bytes.' >&3
    until [[ $(smipc ls --json c) =~ '"used":15' ]]; do :; done; kill -KILL $!
    echo short > file; smipc write -r c file; echo $?`);
  t.equal(stdout, '1\n');
  t.match(stderr, /smipc: 15 bytes are in the channel already, and the files have 6\n/);
});

t.test('messages: lines that were sent are not sent again, nor lost by a reader', async (t) => {
  const { run } = openShell(t);
  const { stdout } = await run(`
    seq 1 20000 > sent
    smipc write -rm -c 4096 c sent & until [[ $(smipc ls --json c) =~ '"sleeping":true' ]]; do :; done
    kill -KILL $!; wait $! 2> /dev/null
    smipc write -rm c sent & writer=$!
    smipc read -rm c > got; wait $writer; cmp sent got && echo whole`);
  t.equal(stdout, 'whole\n');
});

t.test('messages: a line that a reader had begun is completed', async (t) => {
  const { run, start, dir } = openShell(t);
  await run('seq -f "line %g" 3 > sent');
  // It holds the second one, and waits for the rate.
  const writer = start('exec smipc write -rm c sent');
  const reader = start('exec smipc read -rm -L 8 c got');
  await until(() => messagesReadOf(dir) === 1, 'one is read');
  reader.kill('SIGKILL');
  await reader.exit;
  await writer.exit;
  const { stdout } = await run(`
    head -n 1 sent > got; printf 'line' >> got; smipc read -rm c got && cmp sent got && echo whole`);
  t.equal(stdout, 'whole\n');
  await run('smipc write -rm c sent');
  const other = await run(`printf 'mine' > got; smipc read -rm c got; cat got`);
  t.equal(
    other.stdout,
    await run('cat sent').then(({ stdout }) => stdout),
    'a new stream begins anew',
  );
});

function messagesReadOf(dir: string): number {
  try {
    return inspect('c', { dir }).messagesRead ?? 0;
  } catch {
    return 0;
  }
}

t.test('stdin: a signal waits for space, and says so', async (t) => {
  const { start, dir, cwd } = openShell(t);
  const writer = start('exec smipc write -r -c 4K c < /dev/zero 2> said');
  await until(() => usedOf(dir) === 4096, 'the ring is full');
  writer.kill('SIGTERM');
  await until(
    () => readFileSync(join(cwd, 'said'), 'utf8').includes('waits for space'),
    'it says so',
  );
  writer.kill('SIGTERM');
  t.match(await writer.exit, { signal: 'SIGTERM' });
});

t.test('stdin: what comes is what goes on', async (t) => {
  const { run } = openShell(t);
  const { stdout } = await run(`
    mkfifo in; exec 3<> in; smipc write -r c < in & echo one >&3
    until [[ $(smipc ls --json c) =~ '"used":4' ]]; do :; done; kill -TERM $!; wait $!; echo $?
    echo two | smipc write -r c; smipc read -r c`);
  t.equal(stdout, '143\none\ntwo\n');
});

t.test('--timeout: the next writer does not come', async (t) => {
  const { run } = openShell(t);
  const { stdout, stderr } = await run(`
    mkfifo in; exec 3<> in; smipc write -r c < in & echo one >&3
    until [[ $(smipc ls --json c) =~ '"used":4' ]]; do :; done; kill -KILL $!
    smipc read -r -t 100ms c; echo $?`);
  t.equal(stdout, 'one\n1\n');
  t.match(stderr, /smipc: ECONNRESET/);
});

t.test('a reader that is killed again and again: nothing is missing or twice', async (t) => {
  const { run, start, dir } = openShell(t);
  await run('head -c 40M /dev/urandom > sent');
  const writer = start('exec smipc write -r -L 20M -c 64K c sent');
  for (let kills = 0, read = 0; kills < 5; kills++) {
    const reader = start('exec smipc read -r c got');
    const goal = read;
    await until(() => bytesReadOf(dir) > goal, 'some is read');
    reader.kill('SIGKILL');
    await reader.exit;
    read = bytesReadOf(dir);
  }
  t.match(await run('smipc read -r c got'), { code: 0, stderr: '' });
  t.match(await writer.exit, { code: 0 });
  t.equal((await run('cmp sent got && echo whole')).stdout, 'whole\n');
});

t.test('read again after the end: what was read stays', async (t) => {
  const { run } = openShell(t);
  for (const records of ['', '--messages']) {
    const { stdout } = await run(`
      echo sent > sent; smipc write -r ${records} c sent & smipc read -r ${records} c got; wait
      timeout -s TERM 1 smipc read -r ${records} c got; cat got
      smipc rm --force c > /dev/null
      echo anew | smipc write -r ${records} c & smipc read -r ${records} c got; cat got; rm got`);
    t.equal(stdout, 'sent\nanew\n', 'until another stream begins');
  }
});

t.test('a file that is longer than what was read of the stream', async (t) => {
  for (const [what, more, expected] of [
    [
      'what a reader wrote and did not take out',
      'tail -c +$((read + 1)) sent | head -c 5',
      'cat sent',
    ],
    [
      'something else',
      'printf other',
      'head -c $read sent; printf other; tail -c +$((read + 1)) sent',
    ],
  ] as const) {
    const { run, start, dir } = openShell(t);
    await run('echo this is what is sent > sent');
    const writer = start('exec smipc write -r c sent');
    const reader = start('exec smipc read -r -L 20 c got');
    await until(() => bytesReadOf(dir) > 0, 'some is read');
    reader.kill('SIGKILL');
    await reader.exit;
    const { stdout } = await run(`
      read=${bytesReadOf(dir)}; (${more}) >> got; (${expected}) > expected
      smipc read -r c got && cmp expected got && echo as expected`);
    t.equal(stdout, 'as expected\n', what);
    t.match(await writer.exit, { code: 0 });
  }
});

function bytesReadOf(dir: string): number {
  try {
    return inspect('c', { dir }).bytesRead;
  } catch {
    return 0;
  }
}
