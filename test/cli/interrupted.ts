// Whatever ends one side, the other hears the truth: a stream that was cut never ends well. And nothing is
// left behind.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'smipc';
import t, { type Test } from 'tap';
import { channelsIn } from '../fixtures/channels/directory.js';
import { openShell, type Shell } from '../fixtures/processes/shell.js';
import { hasProgram } from '../fixtures/processes/system-program.js';
import { until } from '../fixtures/timing/until.js';

/** A writer that has sent a line and waits for more, and a reader that has written it. */
async function startPair(t: Test): Promise<Shell & Pair> {
  const shell = openShell(t);
  await shell.run('mkfifo in');
  const writer = shell.start('exec smipc write c < in');
  const feeder = shell.start('exec > in; echo sent; exec sleep 600');
  const reader = shell.start('exec smipc read c out');
  const out = join(shell.cwd, 'out');
  await until(() => {
    try {
      return readFileSync(out, 'utf8') === 'sent\n';
    } catch {
      return false;
    }
  }, 'the line is written');
  return { ...shell, writer, feeder, reader };
}
type Program = ReturnType<Shell['start']>;
interface Pair {
  writer: Program;
  feeder: Program;
  reader: Program;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
  t.test(`${signal} to the writer`, async (t) => {
    const { writer, reader, dir } = await startPair(t);
    writer.kill(signal);
    t.match(await writer.exit, { signal, stderr: '' }, 'a shell says 128 and its number');
    const { code, stderr } = await reader.exit;
    t.equal(code, 1);
    t.match(stderr, /^smipc: ECONNRESET/);
    t.strictSame(channelsIn(dir), []);
  });

  t.test(`${signal} to the reader`, async (t) => {
    const { writer, reader, dir } = await startPair(t);
    reader.kill(signal);
    t.match(await reader.exit, { signal, stderr: '' });
    const { code, stderr } = await writer.exit;
    t.equal(code, 1, 'although stdin has nothing more for it');
    t.match(stderr, /^smipc: EPIPE/);
    t.strictSame(channelsIn(dir), []);
  });
}

t.test('status as a shell counts it', async (t) => {
  const { run } = openShell(t);
  const { stdout } = await run(`
    mkfifo in; exec 3<> in
    smipc write c <&3 & until smipc ls c > /dev/null; do :; done
    kill -TERM $!; wait $!; echo $?`);
  t.equal(stdout, '143\n');
});

t.test('a reader whose stdout takes nothing ends at the first signal', async (t) => {
  const { run, start, dir } = openShell(t);
  await run('mkfifo out');
  // Open, and full.
  const holder = start('exec 3< out; exec sleep 600');
  const writer = start('exec smipc write c < /dev/zero');
  const reader = start('exec smipc read c > out');
  await until(() => {
    try {
      const { used, capacity, writer, reader } = inspect('c', { dir });
      return reader.state === 'open' && used === capacity && writer.sleeping;
    } catch {
      return false;
    }
  }, 'all is full');
  reader.kill('SIGTERM');
  t.match(await reader.exit, { signal: 'SIGTERM' });
  t.match(await writer.exit, { code: 1 });
  holder.kill('SIGKILL');
});

t.test('everything that was sent is written before the error, however slowly', async (t) => {
  const { run } = openShell(t);
  const { stdout, stderr } = await run(`
    head -c 900000 /dev/urandom > sent; mkfifo in; exec 3<> in
    smipc write c <&3 & cat sent > in
    until [[ $(smipc ls --json c) =~ '"used":900000' ]]; do :; done
    smipc read --rate-limit 2M c > got & reader=$!
    until [[ $(smipc ls --json c) =~ '"reader":{"state":"open"' ]]; do :; done
    kill -KILL %1; wait $reader; echo $?; cmp sent got && echo whole`);
  t.equal(stdout, '1\nwhole\n', stderr);
});

t.test('SIGINT from a terminal ends a loop of a script', async (t) => {
  if (!hasProgram(t, 'script')) return;
  const { run } = openShell(t);
  // `script` is a terminal; what is typed there, once the reader waits, is Ctrl-C.
  const { stdout } = await run(`
    { until [[ $(smipc ls --json c) =~ '"sleeping":true' ]]; do :; done; printf '\\003'; } |
      script -qec "bash -c 'while :; do smipc read c; done; echo not ended'" /dev/null
    echo ended`);
  t.equal(stdout.replace('^C', '').trim(), 'ended');
});
