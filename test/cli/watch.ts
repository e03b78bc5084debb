// `--watch` of `ls` and `status`: in a terminal, in pipes, and how it ends.
import { rmSync, writeFileSync } from 'node:fs';
import { createWriteStream, inspect, openChannel, remove } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { smipcForShell } from '../fixtures/processes/command-line.js';
import { openShell } from '../fixtures/processes/shell.js';
import { hasProgram } from '../fixtures/processes/system-program.js';
import { openTerminal, type Terminal } from '../fixtures/terminals/tmux.js';
import { until } from '../fixtures/timing/until.js';

/** Of a channel with some bytes, that nobody holds. */
async function leave(name: string, dir: string, bytes = 100): Promise<void> {
  const channel = openChannel(name, 'w', { dir, capacity: 4096 });
  await channel.write(Buffer.alloc(bytes));
  channel.end();
  await channel.close();
}

interface Watch {
  /** The directory of the channels. */
  dir: string;
  terminal: Terminal;
}

/** Watches in a terminal. Shows the exit status in the end, and whether the terminal is as before. */
function startWatch(t: Test, command: string, size: { width: number; height: number }): Watch {
  const dir = uniqueDirectory(t);
  const script = `
    cd ${t.testdir({})}; trap : INT
    stty -g > before; echo 'from before'
    ${smipcForShell} ${command.replace('DIR', dir)}
    echo "status $?"; stty -g > after; cmp before after && echo restored`;
  return { dir, terminal: openTerminal(t, script, size) };
}

if (hasProgram(t, 'tmux')) {
  t.test('ls: rows come and go, and the screen comes back', async (t) => {
    const { dir, terminal } = startWatch(t, 'ls -d DIR --watch=100ms', { width: 100, height: 8 });
    await terminal.shows(/^NAME +WRITER +READER +USED +CAPACITY +CARRIES +AGE +PROGRAMS$/);
    t.strictSame(terminal.modes(), { isAlternate: true, hasCursor: false, wraps: false });
    for (let i = 0; i < 12; i++) await leave(`left-${i + 10}`, dir);
    // The last line of eight; the first is the header.
    await terminal.shows(/^\(6 more lines\)$/);
    t.match(terminal.lines()[1], /^left-10 +ended \d+ +absent +100 B +4\.00 KiB +bytes +\d+s$/);
    terminal.resize(100, 20);
    await terminal.shows(/^left-21 /);
    t.notOk(terminal.lines().some((line) => line.includes('more lines')));
    terminal.resize(20, 20);
    await terminal.shows(/^left-21 +ended \d* ?…/);
    terminal.resize(100, 20);
    for (let i = 1; i < 12; i++) remove(`left-${i + 10}`, { dir });
    await until(() => terminal.lines().filter((line) => line !== '').length === 2, 'they are gone');
    terminal.press('C-c');
    const lines = await terminal.shows(/^restored$/);
    t.ok(lines.includes('from before') && lines.includes('status 130'), lines.join('\n'));
    t.notOk(lines.some((line) => line.startsWith('NAME')));
    t.strictSame(terminal.modes(), { isAlternate: false, hasCursor: true, wraps: true });
  });

  t.test('status: a channel that goes and comes back, and its age in words', async (t) => {
    const { dir, terminal } = startWatch(t, 'status -d DIR -w100ms one', { width: 60, height: 12 });
    const missing = /^smipc: ENOENT: no such channel in /;
    // It is waited for.
    await terminal.shows(missing);
    await leave('one', dir);
    await terminal.shows(/^ {2}(Changed just now|No change for \d+ s)\.$/);
    t.notOk(terminal.lines().some((line) => missing.test(line)));
    await terminal.shows(/^ {2}No change for \d+ s\.$/);
    remove('one', { dir });
    await terminal.shows(missing);
    t.notOk(
      terminal.lines().some((line) => line.startsWith('one in')),
      'no line is left over',
    );
    await leave('one', dir, 50);
    await terminal.shows(/^ {2}ring {4}50 of 4096 bytes used \(1 %\); 50 written, 0 read$/);
    terminal.press('q');
    const lines = await terminal.shows(/^restored$/);
    t.ok(lines.includes('status 0') && lines.includes('from before'));
  });

  t.test('what did not change since the beginning may be older', async (t) => {
    const dir = uniqueDirectory(t);
    await leave('one', dir);
    const terminal = openTerminal(t, `${smipcForShell} status -d ${dir} -w200ms one`);
    await terminal.shows(/^ {2}No change since this began, [1-9]\d* s ago\.$/);
  });

  t.test('an error that comes later is told where it can be read', async (t) => {
    const { dir, terminal } = startWatch(t, 'ls -d DIR/a -w100ms', { width: 200, height: 12 });
    await terminal.shows(/^NAME /);
    rmSync(dir, { recursive: true });
    writeFileSync(dir, '');
    const lines = await terminal.shows(/^restored$/);
    t.ok(lines.includes('status 1') && lines.some((line) => /^smipc: E/.test(line)));
  });
}

t.test('in a pipe: an empty line behind each look, and no control characters', async (t) => {
  const { run, dir } = openShell(t);
  await leave('one', dir);
  await leave('two', dir);
  const { stdout, stderr } = await run('smipc ls --watch=100ms | head -n 6; echo $PIPESTATUS');
  const look = (age: string): string =>
    ['one', 'two'].map((name) => `${name}\tended P\tabsent\t100\t4096\tbytes\t${age}\t\n`).join('');
  const general = stdout.replaceAll(String(process.pid), 'P').replaceAll(/>\d+s/g, '>0s');
  t.equal(general, `${look('>0s')}\n${look('>0s')}\n141\n`);
  t.equal(stderr, '');
});

t.test('it ends when nobody reads, even if there is nothing to show', async (t) => {
  const { run } = openShell(t);
  const { stdout, stderr } = await run(`
    for command in 'ls' 'ls no*' 'status no'; do
      smipc $command --watch=100ms 2> said | true; echo $PIPESTATUS; cat said
    done`);
  t.match(stdout, /^141\n141\n141\nsmipc: ENOENT: no such channel in .*\n$/, 'and it is said once');
  t.equal(stderr, '');
});

t.test('--json has the time of the look, and the age', async (t) => {
  const { run, dir } = openShell(t);
  const writer = createWriteStream('one', { dir, capacity: 4096 });
  t.teardown(() => writer.destroy());
  await new Promise((resolve) => writer.write('some bytes', resolve));
  const { bytesWritten } = inspect('one', { dir });
  const { stdout } = await run('smipc status --json -w100ms one two 2> said | head -n 3; cat said');
  const lines = stdout.trimEnd().split('\n');
  t.match(lines.pop(), /^smipc: ENOENT/);
  const objects = lines.map((line) => JSON.parse(line));
  t.equal(objects.length, 3);
  for (const object of objects) {
    t.match(object, { name: 'one', bytesWritten, isChangeSeen: false, unchangedMs: Number });
    t.ok(Number.isInteger(object.unchangedMs));
    t.equal(new Date(object.time).toISOString(), object.time);
  }
  t.ok(objects[2].unchangedMs >= 200 && objects[0].unchangedMs === 0);
  const once = await run('smipc status --json one; smipc ls --json');
  t.notMatch(once.stdout, /"(?:time|unchangedMs|isChangeSeen)"/, 'one look cannot tell');
});

t.test('signals end it', async (t) => {
  const { start, dir } = openShell(t);
  await leave('one', dir);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // For an hour: it does not end by itself.
    const watch = start('exec smipc ls --watch=1h');
    await until(() => watch.stdout() !== '', 'it has shown something');
    watch.kill(signal);
    t.match(await watch.exit, { signal, stderr: '' });
  }
});
