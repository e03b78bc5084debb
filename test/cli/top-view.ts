// What `smipc top` draws of its rows, on terminals of any size.
import type { ChannelStatus } from 'smipc';
import t from 'tap';
import { loadSource } from '../fixtures/hosts/source.js';

type View = typeof import('../../dist/cli/top/view.js');
type Controls = import('../../dist/cli/top/controls.js').Controls;
type Row = import('../../dist/cli/top/model.js').Row;
type Line = import('../../dist/cli/terminal/screen.js').Line;

const { fillText, screenLines, tableLines } = await loadSource<View>('cli/top/view.ts');
const { cut, displayWidth } =
  await loadSource<typeof import('../../dist/cli/terminal/table.js')>('cli/terminal/table.ts');

const controls: Controls = {
  sort: 'in',
  isReversed: false,
  filter: '',
  isTyping: false,
  isPaused: false,
  isHelp: false,
  scroll: 0,
};

const quiet = {
  bytesIn: 0,
  bytesOut: 0,
  messagesIn: undefined,
  messagesOut: undefined,
  writerWakeUps: 0,
  readerWakeUps: 0,
};

function row(name: string, status: Partial<ChannelStatus> = {}, other: Partial<Row> = {}): Row {
  return {
    status: {
      name,
      directory: '/dev/shm/smipc-0',
      mode: null,
      capacity: 65_536,
      framing: 'bytes',
      resumable: false,
      bytesWritten: 3_000_000,
      bytesRead: 2_967_232,
      used: 32_768,
      writer: { state: 'open', wakeUps: 0, pid: 4711, sleeping: true },
      reader: { state: 'open', wakeUps: 0, pid: 4712, sleeping: false },
      ...status,
    },
    rates: { ...quiet, bytesIn: 10_240, bytesOut: 1_572_864 },
    unchangedMs: 0,
    isChangeSeen: true,
    writerCommand: '/usr/bin/node writer.js --fast',
    readerCommand: 'less',
    ...other,
  };
}

const rows: Row[] = [
  row('a'),
  row('頻道頻道頻道頻道頻道頻道頻道'),
  row('e\u0301te\u0301', { used: 0 }, { unchangedMs: 125_000 }),
  row(
    'bad\x1b[31m\nname\u202e',
    { writer: { state: 'died', wakeUps: 0, pid: 1 } },
    { isChangeSeen: false },
  ),
  row(
    'n'.repeat(100),
    { framing: 'messages', used: 65_536, reader: { state: 'absent', wakeUps: 0 } },
    {
      rates: { ...quiet, messagesIn: 0.5, messagesOut: 12_345_678 },
      readerCommand: undefined,
    },
  ),
  row('new', {}, { rates: undefined, unchangedMs: 172_800_000 }),
];

const directory = '/dev/shm/smipc-0';

const texts = (lines: readonly Line[]): string[] => lines.map(({ text }) => text);

t.test('every line fits, on a terminal of any size, and there are never too many', (t) => {
  const faults: string[] = [];
  for (let width = 1; width <= 240; width++) {
    const look = { directory, width, height: 12, isUnicode: width % 2 === 0 };
    const lines = texts(screenLines(rows, controls, look));
    if (lines.length !== 12) faults.push(`${width} columns: ${lines.length} lines`);
    faults.push(...lines.filter((text) => displayWidth(text) > width));
    // What would control the terminal.
    faults.push(...lines.filter((text) => /[\p{Cc}\u202e]/u.test(text)));
  }
  t.strictSame(faults, []);
  for (let height = 1; height <= 12; height++) {
    const look = { directory, width: 80, height, isUnicode: true };
    t.equal(screenLines(rows, controls, look).length, height);
    t.equal(screenLines(rows, { ...controls, isHelp: true }, look).length, height);
  }
  t.end();
});

t.test('40 columns', (t) => {
  const lines = tableLines(rows.slice(0, 4), { width: 40, isUnicode: true }, controls);
  t.strictSame(texts(lines), [
    'NAME                 IN/s▼    OUT/s FILL',
    'a                 10.0 KiB 1.50 MiB  50%',
    '頻道頻道頻道頻道… 10.0 KiB 1.50 MiB  50%',
    'e\u0301te\u0301               10.0 KiB 1.50 MiB   0%',
    'bad?[31m?name?    10.0 KiB 1.50 MiB  50%',
  ]);
  t.strictSame(
    lines.map(({ style }) => style),
    ['header', 'plain', 'plain', 'plain', 'alert'],
  );
  t.end();
});

t.test('80 columns: a bar, and the whole of a process id', (t) => {
  const lines = (rows: Row[]): string[] =>
    texts(tableLines(rows, { width: 80, isUnicode: true }, controls));
  t.strictSame(lines(rows.slice(0, 1)), [
    'NAME            IN/s▼    OUT/s FILL            AGE WRITER         READER        ',
    'a            10.0 KiB 1.50 MiB ███▌░░░  50%     0s sleeps 4711    awake 4712',
  ]);
  // A long name is worth more than that.
  t.match(
    lines([row('recording-of-camera-1')])[1],
    /^recording-of-camera-1 +10\.0 KiB 1\.50 MiB █+.░+ {2}50% +0s sleeps +awake$/,
  );
  t.end();
});

t.test('200 columns', (t) => {
  const look = { width: 200, isUnicode: false };
  const lines = texts(tableLines(rows, look, { sort: 'fill', isReversed: true }));
  t.match(
    lines[0],
    /^NAME +IN\/s +OUT\/s +MSG IN +MSG OUT +WAKE\/s +FILL\^ +CAPACITY +AGE +WRITER +READER +$/,
  );
  t.match(
    lines[1],
    /^a +10\.0 KiB 1\.50 MiB +- +- +0 #+\.+ {2}50% +64\.0 KiB +0s sleeps 4711 node writer\.js --fast +awake 4712 less$/,
  );
  t.match(lines[3], /^e\u0301te\u0301 .* \.+ {3}0% .* 2m /);
  t.match(lines[4], / >0s died 1 node writer\.js/);
  t.match(lines[5], /^n{20,}~ +0 B +0 B +0\.5 +12\.35M +0 #+ 100% .* absent$/);
  t.match(lines[6], /^new +- +- +- +- +- .* 2d /);
  t.end();
});

t.test('what is chosen is shown', (t) => {
  const look = { directory, width: 100, height: 6, isUnicode: true };
  const shown = (change: Partial<Controls>): string[] =>
    texts(screenLines(rows, { ...controls, ...change }, look));
  t.equal(shown({})[0], '6 channels  in 40.0 KiB/s  out 6.00 MiB/s  /dev/shm/smipc-0');
  t.match(shown({ isPaused: true })[0], /^PAUSED {2}6 channels/);
  t.match(shown({})[5], /^1-3 of 6 {2}q quit/);
  t.match(shown({ scroll: 2 })[5], /^3-5 of 6 /);
  // It may be too far after some have gone.
  t.match(shown({ scroll: 200 })[5], /^4-6 of 6 /);
  t.strictSame(shown({ filter: 'BAD', isTyping: true }).slice(0, 1), [
    '1 of 6 channels  in 10.0 KiB/s  out 1.50 MiB/s  /dev/shm/smipc-0',
  ]);
  t.equal(shown({ filter: 'BAD', isTyping: true })[5], 'filter: BAD_');
  t.match(shown({ filter: 'BAD' })[5], /^filter: BAD {2}q quit/);
  t.match(shown({ isHelp: true })[2], /^ {2}q +quit$/);
  // Nothing of what is left out is begun.
  const [small] = [texts(screenLines(rows, controls, { ...look, width: 30 }))];
  t.strictSame([small[0], small[5]], ['6 channels  in 40.0 KiB/s', '1-3 of 6  q quit  h help']);
  t.match(texts(screenLines([], controls, look)), [
    '0 channels  in 0 B/s  out 0 B/s  /dev/shm/smipc-0',
    /^NAME/,
    '',
    '',
    '',
    /^q quit/,
  ]);
  t.end();
});

t.test('how full it is: 0 % is empty, 100 % is full, and nothing else is', (t) => {
  const fill = (used: number, width: number, isUnicode = true): string =>
    fillText(row('a', { used, capacity: 65_536 }).status, width, isUnicode);
  t.equal(fill(0, 12), '░░░░░░░   0%');
  t.equal(fill(1, 12), '▏░░░░░░   1%');
  t.equal(fill(32_768, 12), '███▌░░░  50%');
  t.equal(fill(65_535, 12), '███████  99%');
  t.equal(fill(65_536, 12), '███████ 100%');
  t.equal(fill(32_768, 12, false), '####...  50%');
  t.equal(fill(32_768, 6), ' 50%');
  t.equal(fill(65_536, 4), '100%');
  t.end();
});

t.test('cuts at whole characters', (t) => {
  t.equal(cut('abc', 3, true), 'abc');
  t.equal(cut('abcd', 3, true), 'ab…');
  t.equal(cut('頻道頻', 4, true), '頻…');
  t.equal(cut('頻道頻', 5, false), '頻道~');
  t.equal(cut('e\u0301e\u0301e\u0301', 2, true), 'e\u0301…');
  t.equal(cut('abc', 0, true), '');
  t.end();
});
