// `smipc top` for scripts: tables and objects, after each interval, to what is no terminal.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createReadStream, createWriteStream, openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { smipcCommand } from '../fixtures/processes/command-line.js';
import { runCommand } from '../fixtures/processes/program.js';

const [program, ...first] = smipcCommand;

function runTop(t: Test, dir: string, ...args: string[]) {
  return runCommand(t, program, [...first, 'top', '-d', dir, ...args]);
}

/** Of every channel: `job` moves on all the time, `still` has ended. */
async function startChannels(t: Test): Promise<string> {
  const dir = uniqueDirectory(t);
  const writer = createWriteStream('job', { dir, objectMode: true });
  const reader = createReadStream('job', { dir, objectMode: true });
  reader.resume();
  const writing = setInterval(() => writer.write('some text'), 2);
  t.teardown(() => {
    clearInterval(writing);
    reader.destroy();
    writer.destroy();
  });
  const still = openChannel('still', 'w', { dir, capacity: 4096 });
  await still.write(Buffer.alloc(1024));
  still.end();
  await still.close();
  return dir;
}

t.test('--once: a table, after an interval', async (t) => {
  const dir = await startChannels(t);
  const { exit } = runTop(t, dir, '--once', '--interval', '300ms');
  const { code, stdout, stderr } = await exit;
  t.match({ code, stderr }, { code: 0, stderr: '' });
  t.notMatch(stdout, /[^\P{Cc}\t\n]/u);
  const rows = stdout.split('\n').map((line) => line.split('\t'));
  t.equal(rows.length, 3);
  const bytes = /^[1-9]\d*$/;
  const messages = /^[1-9]\d*(\.\d)?$/;
  t.match(rows[0]?.slice(0, 5), [/^job$/, bytes, bytes, messages, messages]);
  t.match(rows[0]?.slice(9, 11), [
    new RegExp(`^(awake|sleeps) ${process.pid} node `),
    new RegExp(`^(awake|sleeps) ${process.pid} node `),
  ]);
  const ended = `ended ${process.pid} `;
  t.match(rows[1], ['still', '0', '0', '-', '-', '0', '25%', '4096', /^>\ds$/, ended, 'absent']);
  t.strictSame(rows[2], ['']);
});

t.test('--json: an object for each channel and refresh', async (t) => {
  const dir = await startChannels(t);
  const args = ['--json', '--max-refresh', '3', '-i', '100ms', '--sort', 'name', '--reverse'];
  const { code, stdout } = await runTop(t, dir, ...args).exit;
  t.equal(code, 0);
  const objects = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.strictSame(
    objects.map(({ name }) => name),
    ['still', 'job', 'still', 'job', 'still', 'job'],
  );
  const [still, job] = objects.slice(-2);
  t.match(job, {
    directory: dir,
    framing: 'objects',
    writer: { state: 'open', pid: process.pid, sleeping: Boolean, command: /^\S*node / },
    reader: { state: 'open', pid: process.pid, command: /^\S*node / },
    bytesWrittenPerSecond: Number,
    bytesReadPerSecond: Number,
    messagesWrittenPerSecond: Number,
    messagesReadPerSecond: Number,
    isChangeSeen: true,
  });
  t.ok(job.messagesWrittenPerSecond > 0 && job.bytesReadPerSecond > 0);
  t.match(still, { used: 1024, bytesWrittenPerSecond: 0, isChangeSeen: false });
  t.ok(still.unchangedMs >= 200);
  t.notOk('messagesWrittenPerSecond' in still);
  t.ok(Date.parse(still.time) <= Date.now());
});

t.test('a pattern chooses the channels', async (t) => {
  const dir = await startChannels(t);
  const { stdout } = await runTop(t, dir, '--once', '-i', '100ms', 'st*').exit;
  t.match(stdout, /^still\t[^\n]*\n$/);
});

t.test('it only looks: no file is made, and no channel is changed', async (t) => {
  const dir = uniqueDirectory(t);
  const channel = openChannel('channel', 'w', { dir, capacity: 4096 });
  t.teardown(() => channel.close());
  await channel.write(Buffer.alloc(100));
  const files = (): string[] => readdirSync(dir).sort();
  const before = { files: files(), status: channel.status() };
  const { stdout } = await runTop(t, dir, '--json', '--max-refresh', '2', '-i', '100ms').exit;
  t.equal(stdout.split('\n').length, 3);
  t.strictSame({ files: files(), status: channel.status() }, before);
});

t.test('a directory that is not there yet is empty', async (t) => {
  const dir = uniqueDirectory(t);
  const { code, stdout } = await runTop(t, `${dir}/later`, '--once', '-i', '100ms').exit;
  t.match({ code, stdout }, { code: 0, stdout: '' });
});

t.test('wrong options', async (t) => {
  for (const args of [
    ['--sort', 'size'],
    ['--interval', '99ms'],
    ['--interval', '0'],
    ['--interval', '600h'],
    ['--max-refresh', '0'],
    ['a', 'b'],
  ]) {
    const { code, stdout, stderr } = await runTop(t, '/dev/shm', '--once', ...args).exit;
    t.match({ code, stdout }, { code: 2, stdout: '' }, args.join(' '));
    t.match(stderr, /^smipc: /);
  }
});

t.test('ends when nobody reads its output any more', async (t) => {
  const dir = await startChannels(t);
  const top = spawn(program, [...first, 'top', '-d', dir, '-i', '100ms'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => top.kill());
  await once(top.stdout, 'data');
  top.stdout.destroy();
  t.strictSame(await once(top, 'exit'), [141, null]);
});

t.test('a signal ends it', async (t) => {
  const dir = await startChannels(t);
  const top = spawn(program, [...first, 'top', '-d', dir, '-i', '100ms'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => top.kill());
  await once(top.stdout, 'data');
  top.kill('SIGINT');
  t.strictSame(await once(top, 'exit'), [null, 'SIGINT']);
});
