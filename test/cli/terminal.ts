// What is shown on a terminal, which `script` is here, and what elsewhere.
import { stripVTControlCharacters } from 'node:util';
import t from 'tap';
import { openShell } from '../fixtures/processes/shell.js';

const onTerminal = (columns: number, command: string): string =>
  `script -qec 'stty cols ${columns}; ${command}' /dev/null < /dev/null`;

t.test('ls', async (t) => {
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

t.test('help fits', async (t) => {
  const { run } = openShell(t);
  for (const columns of [40, 200]) {
    const { stdout } = await run(onTerminal(columns, 'smipc help rm'));
    const [, options = ''] = /Options:\r\n(.*?)\r\n\r\n/s.exec(stdout) ?? [];
    const longest = Math.max(...options.split('\r\n').map((line) => line.length));
    t.ok(longest <= columns && longest > 30, `${columns}: ${longest}`);
  }
});

t.test('--progress', async (t) => {
  const { run } = openShell(t);
  const send = 'head -c 100000 /dev/zero > sent; smipc read -q c > got &';
  const shown = await run(onTerminal(40, `${send} smipc write c sent; wait`));
  t.match(shown.stdout, /\r97\.7 KiB {2}0:0\d {2}/, 'by default on a terminal');
  t.ok(shown.stdout.endsWith('\x1b[K\r\n'), 'written over, and left at its end');
  const quiet = await run(onTerminal(40, `${send} smipc write --quiet c sent; wait`));
  t.equal(quiet.stdout, '');
  const piped = await run(`${send} smipc write c sent; wait`);
  t.equal(piped.stderr, '', 'elsewhere only if it is asked for');
  const asked = await run(`${send} smipc write --progress c sent; wait`);
  t.match(asked.stderr, /^97\.7 KiB .*100 %\n$/);
});
