// `--resume`: a writer of files goes on where the last one stopped; one of stdin sends what comes. A
// reader appends to its file.
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
      // Asked to leave, it first puts in what it has read, for which there is no reader yet.
      if (signal === 'KILL') await first.exit;
      const second = signal === 'KILL' ? start(write) : first;
      const reader = start('exec smipc read -r -L 4M c got');
      await until(() => inspect('c', { dir }).bytesRead > 1e5, 'some is read');
      if (signal === 'TERM') {
        t.match(await first.exit, { signal: 'SIGTERM', stderr: '' });
        reader.kill('SIGTERM');
        t.match(await reader.exit, { signal: 'SIGTERM' }, 'what it had taken is written');
      }
      const { stdout, stderr } = await run(
        signal === 'TERM' ? 'smipc write -r c a b & smipc read -r c got; echo $?; wait' : 'true',
      );
      if (signal === 'TERM') t.equal(stdout, '0\n', stderr);
      else t.match([await second.exit, await reader.exit], [{ code: 0 }, { code: 0 }]);
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
