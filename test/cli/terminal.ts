// What is shown on a terminal, which `script` is here, and what elsewhere: widths, colours, encodings.
import { stripVTControlCharacters } from 'node:util';
import { openChannel } from 'smipc';
import t from 'tap';
import { spawnChild } from '../fixtures/processes/child.js';
import { openShell } from '../fixtures/processes/shell.js';
import { hasProgram } from '../fixtures/processes/system-program.js';
import { displayWidth } from '../fixtures/terminals/width.js';

const options = { skip: !hasProgram(t, 'script') };

const onTerminal = (columns: number, command: string): string =>
  `script -qec 'stty cols ${columns}; ${command}' /dev/null < /dev/null`;

t.test('ls', options, async (t) => {
  const { run } = openShell(t);
  await run('echo | smipc write plain; echo | smipc write 日本');
  const piped = await run('smipc ls');
  t.match(
    piped.stdout,
    /^plain\tended \d+\tabsent\t1\t1048576\tbytes\t\n日本\t/,
    'tabs, no header',
  );

  for (const [columns, LANG, mark] of [
    [30, 'C.UTF-8', '…'],
    [30, 'C', '~'],
  ] as const) {
    const { stdout } = await run(onTerminal(columns, 'smipc ls'), { env: { LANG, LC_ALL: LANG } });
    t.ok(stdout.startsWith('\x1b[1mNAME'), 'the header is bold');
    const [header = '', plain = '', wide = ''] = stripVTControlCharacters(stdout).split('\r\n');
    t.match(header, /^NAME {3}WRITER/);
    t.ok(plain.endsWith(mark) && [...plain].length <= columns, plain);
    t.match(wide, /^日本 {3}ended/, 'each of its characters takes two columns');
  }
  const { stdout } = await run(onTerminal(200, 'smipc ls'), { env: { NO_COLOR: '1' } });
  t.notOk(stdout.includes('\x1b'));
});

const visibleLines = (stdout: string): string[] =>
  stripVTControlCharacters(stdout).split('\r\n').slice(0, -1);

t.test('all that is shown fits, and uses the space', options, async (t) => {
  const { run, dir } = openShell(t);
  const name = 'a-channel-with-a-long-name';
  const held = openChannel(name, 'w', { dir });
  t.teardown(() => held.close());
  // Lines that stand for themselves, to be copied: names, commands and examples.
  const isWhole = (line: string): boolean => /^ *(smipc|tar|source|\$|\/|'?smipc) /.test(line);
  const commands = [
    'help',
    'help rm',
    'help write',
    'ls',
    `status ${name}`,
    'doctor space memory threads',
  ];
  for (const columns of [40, 200]) {
    for (const command of commands) {
      const { stdout } = await run(onTerminal(columns, `smipc ${command}`));
      const lines = visibleLines(stdout).filter((line) => !isWhole(line));
      const longest = Math.max(...lines.map((line) => displayWidth(line)));
      t.ok(longest <= columns, `${columns}: ${command}: ${longest}\n${lines.join('\n')}`);
      t.ok(longest > 30 && lines.length > 0, `${columns}: ${command}: ${longest}`);
    }
  }
});

t.test('names with wide characters, in a locale that has none', options, async (t) => {
  const { run } = openShell(t);
  await run(
    'echo | smipc write 日本; echo | smipc write é; echo | smipc write "$(printf \'a\\033[2Jb\')"',
  );
  for (const LANG of ['C', 'C.UTF-8']) {
    const env = { LANG, LC_ALL: LANG };
    const piped = await run('smipc ls | cut -f 1; smipc ls --json; smipc rm --dry-run 日本 é', {
      env,
    });
    const lines = piped.stdout.trimEnd().split('\n');
    t.strictSame(lines.slice(0, 3), ['a?[2Jb', 'é', '日本'], 'the bytes are those of UTF-8');
    const names = lines.slice(3, 6).map((line) => JSON.parse(line).name);
    t.strictSame(names, ['a\x1b[2Jb', 'é', '日本']);
    t.strictSame(lines.slice(6), ['日本', 'é']);
    const shown = await run(onTerminal(80, 'smipc status "$name"'), {
      env: { ...env, name: 'a\x1b[2Jb' },
    });
    t.match(shown.stdout, /^a\?\[2Jb in /);
    const advised = await run(onTerminal(80, 'smipc doctor --capacity 1T space'), { env });
    t.ok(advised.stdout.includes(LANG === 'C' ? ' -> ' : ' → '));
    t.equal(/[\u0080-\uffff]/.test(advised.stdout), LANG !== 'C');
  }
});

t.test('colours', options, async (t) => {
  const { run, dir } = openShell(t);
  const victim = spawnChild(
    t,
    async ({ smipc, args, send, receive }) => {
      const channel = smipc.openChannel('died', 'w', { dir: args.dir });
      await channel.write(Buffer.from('some bytes'));
      await send('written');
      await receive();
    },
    { dir },
  );
  await victim.message();
  victim.kill();
  await victim.exit;
  const kRed = '\x1b[31mdied ';
  const kBold = '\x1b[1mNAME';
  for (const [env, isColoured, isPipeColoured] of [
    [{}, true, false],
    [{ NO_COLOR: '1' }, false, false],
    [{ TERM: 'dumb' }, false, false],
    [{ FORCE_COLOR: '1' }, true, true],
    [{ FORCE_COLOR: '0' }, false, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, true],
    [{ FORCE_COLOR: '3', TERM: 'dumb' }, true, true],
  ] as [Record<string, string>, boolean, boolean][]) {
    const what = JSON.stringify(env);
    const withEnv = { env: { TERM: 'xterm', ...env } };
    const shown = await run(onTerminal(100, 'smipc ls'), withEnv);
    t.strictSame(
      [kRed, kBold].map((text) => shown.stdout.includes(text)),
      [isColoured, isColoured],
      what,
    );
    if (!isColoured) t.notOk(shown.stdout.includes('\x1b'), what);
    const doctor = await run(onTerminal(100, 'smipc doctor directory'), withEnv);
    t.equal(doctor.stdout.startsWith('\x1b[3'), isColoured, what);
    const piped = await run('smipc ls; smipc ls --json; smipc doctor directory', withEnv);
    t.equal(piped.stdout.includes(kRed), isPipeColoured, what);
    t.equal(piped.stdout.includes('\x1b'), isPipeColoured, what);
    t.notOk(piped.stdout.includes('NAME'), 'no header, in spite of colours');
    t.equal(piped.stderr, '', what);
  }
});

t.test('--progress', options, async (t) => {
  const { run } = openShell(t);
  const send = 'head -c 100000 /dev/zero > sent; smipc read -q c > got &';
  const shown = await run(onTerminal(40, `${send} smipc write c sent; wait`));
  t.ok(shown.stdout.includes('\r\x1b[K97.7 KiB  0:0'), 'by default on a terminal, written over');
  t.match(shown.stdout, /[…~%]\r\n$/, 'as much as fits, and left at its end');
  const quiet = await run(onTerminal(40, `${send} smipc write --quiet c sent; wait`));
  t.equal(quiet.stdout, '');
  const piped = await run(`${send} smipc write c sent; wait`);
  t.equal(piped.stderr, '', 'elsewhere only if it is asked for');
  const asked = await run(`${send} smipc write --progress c sent; wait`);
  t.match(asked.stderr, /^97\.7 KiB .*100 %\n$/);
});
