// `smipc rm`: what it removes, what it leaves, and what it asks before.
import { createWriteStream, openChannel } from 'smipc';
import t, { type Test } from 'tap';
import { channelsIn, uniqueDirectory } from '../fixtures/channels/directory.js';
import { smipcForShell } from '../fixtures/processes/command-line.js';
import { openShell } from '../fixtures/processes/shell.js';
import { hasProgram } from '../fixtures/processes/system-program.js';
import { openTerminal } from '../fixtures/terminals/tmux.js';

/** A held one, and two that wait for a reader, one of them with messages. */
async function fill(t: Test, dir: string): Promise<void> {
  const held = openChannel('held', 'w', { dir, capacity: 4096 });
  t.teardown(() => held.close());
  await held.write(Buffer.alloc(10));
  await leave('bytes', dir, 2048);
  const jobs = createWriteStream('jobs', { dir, capacity: 4096, objectMode: true });
  jobs.write('one');
  await new Promise<void>((resolve) => jobs.end('two').once('close', resolve));
}

async function leave(name: string, dir: string, bytes: number): Promise<void> {
  const channel = openChannel(name, 'w', { dir, capacity: 4096 });
  await channel.write(Buffer.alloc(bytes));
  channel.end();
  await channel.close();
}

t.test('by name', async (t) => {
  const { run, dir } = openShell(t);
  await fill(t, dir);
  const dry = await run('smipc rm --dry-run bytes held; echo $?');
  t.equal(dry.stdout, 'bytes\n4\n');
  t.equal(
    dry.stderr,
    `smipc: EBUSY: process ${process.pid} holds 'held'; --force removes it anyway\n`,
  );
  t.strictSame(channelsIn(dir).sort(), ['bytes', 'held', 'jobs'], 'it only says so');
  const done = await run('smipc rm --json bytes missing jobs; echo $?');
  t.match(done.stdout, /^\{"name":"bytes",.*"used":2048.*\}\n\{"name":"jobs",.*\}\n3\n$/);
  t.match(done.stderr, /^smipc: ENOENT: .*'missing'\n$/);
  const held = await run('smipc rm held; echo $?; smipc rm --force held; echo $?');
  t.equal(held.stdout, '4\nheld\n0\n');
  t.equal(held.stderr, dry.stderr, 'the same as --dry-run');
  t.strictSame(channelsIn(dir).sort(), []);
});

t.test('--stale in a script: needs --force, or --dry-run', async (t) => {
  const { run, dir } = openShell(t);
  await fill(t, dir);
  const refused = await run('echo y | smipc rm --stale');
  t.match(refused, { code: 2, stdout: '', stderr: /^smipc: rm --stale asks/ });
  const dry = await run('smipc rm --stale --dry-run; smipc rm -sfn');
  t.match(dry, { code: 0, stdout: 'bytes\njobs\nbytes\njobs\n', stderr: '' });
  t.strictSame(channelsIn(dir).sort(), ['bytes', 'held', 'jobs']);
  const done = await run('smipc rm --stale --force; smipc rm --stale --force');
  t.match(done, { code: 0, stdout: 'bytes\njobs\n', stderr: '' });
  t.strictSame(channelsIn(dir).sort(), ['held'], 'what is held stays, in spite of --force');
});

t.test('--stale: what nobody could read any more goes, too', async (t) => {
  const { run } = openShell(t);
  const { stdout } = await run(`
    smipc read c & until smipc ls c > /dev/null; do :; done; kill -KILL $!; wait $! 2> /dev/null
    smipc rm --stale --force; echo $?; smipc ls`);
  t.equal(stdout, 'c\n0\n');
});

if (hasProgram(t, 'tmux')) {
  const startQuestion = async (t: Test, rest = '') => {
    const dir = uniqueDirectory(t);
    await fill(t, dir);
    const command = `trap : INT; ${smipcForShell} rm --stale -d ${dir} ${rest}; echo "status $?"`;
    const terminal = openTerminal(t, command, { width: 100, height: 12 });
    const lines = await terminal.shows(
      /^Remove these 2 channels, and what was not read\? \[y\/N\]/,
    );
    const [header, ...rows] = lines.slice(0, 3).map((line) => line.split(/ {2,}/));
    t.strictSame(header, ['NAME', 'WRITER', 'READER', 'UNREAD']);
    t.strictSame(rows[0], ['bytes', 'ended', 'absent', '2.00 KiB']);
    t.match(rows[1], ['jobs', 'ended', 'absent', /^\d+ B in 2 messages$/]);
    return { dir, terminal };
  };

  t.test('yes', async (t) => {
    const { dir, terminal } = await startQuestion(t);
    terminal.press('Y', 'Enter');
    const lines = await terminal.shows(/^status 0$/);
    t.ok(lines.includes('bytes') && lines.includes('jobs'));
    t.strictSame(channelsIn(dir).sort(), ['held']);
  });

  for (const [what, keys, status] of [
    ['no', ['n', 'Enter'], 1],
    ['nothing', ['Enter'], 1],
    ['another word', ['y', 'e', 'Enter'], 1],
    ['Ctrl-D', ['C-d'], 1],
    ['Ctrl-C', ['C-c'], 130],
  ] as const) {
    t.test(`${what}: all stays`, async (t) => {
      const { dir, terminal } = await startQuestion(t);
      terminal.press(...keys);
      await terminal.shows(new RegExp(`(^|\\^C)status ${status}$`));
      t.strictSame(channelsIn(dir).sort(), ['bytes', 'held', 'jobs']);
    });
  }

  t.test('what was used since it was shown stays; and what has come since', async (t) => {
    const { dir, terminal } = await startQuestion(t, '| cat');
    // Now it is held; and then it is another one, of the same name.
    const { run } = openShell(t);
    const reader = openChannel('jobs', 'r', { dir, framing: 'objects' });
    t.teardown(() => reader.close());
    await run(`smipc read -d ${dir} bytes > /dev/null`);
    await leave('bytes', dir, 100);
    await leave('later', dir, 100);
    terminal.type('yes\n');
    const lines = await terminal.shows(/^status 0$/);
    t.ok(lines.some((line) => line === "smipc: 'bytes' stays: it was used meanwhile"));
    t.ok(lines.some((line) => line === "smipc: 'jobs' stays: it was used meanwhile"));
    t.strictSame(channelsIn(dir).sort(), ['bytes', 'held', 'jobs', 'later']);
  });

  t.test('nothing to ask about', async (t) => {
    const dir = uniqueDirectory(t);
    const terminal = openTerminal(t, `${smipcForShell} rm --stale -d ${dir}; echo "status $?"`);
    t.ok((await terminal.shows(/^status 0$/)).includes('smipc: there is nothing to remove'));
  });
}
