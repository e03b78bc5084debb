// `smipc top` in a terminal: what it draws, and what the keys do.
import { openChannel } from 'smipc';
import t from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { smipcForShell } from '../fixtures/processes/command-line.js';
import { hasProgram } from '../fixtures/processes/system-program.js';
import { openTerminal } from '../fixtures/terminals/tmux.js';
import { until } from '../fixtures/timing/until.js';

/** Names in the order in which the rows stand. */
const namesIn = (lines: string[]): string[] =>
  lines.flatMap((line) => /^((?:job|log)-\d+)\b/.exec(line)?.[1] ?? []);

if (hasProgram(t, 'tmux')) {
  t.test('draws, scrolls, filters, sorts, pauses, helps, and quits', async (t) => {
    const dir = uniqueDirectory(t);
    const channels = Array.from({ length: 30 }, (_, i) =>
      openChannel(`${i < 20 ? 'job' : 'log'}-${i + 10}`, 'w', { dir, capacity: 4096 << (i % 3) }),
    );
    t.teardown(() => Promise.all(channels.map((channel) => channel.close())));
    const [first] = channels;
    await first?.write(Buffer.alloc(2048));

    const command = `${smipcForShell} top -d ${dir} -s name -i 200ms; echo "status $?"`;
    const terminal = openTerminal(t, command, { width: 100, height: 13 });
    await terminal.shows(/^1-10 of 30/);
    t.strictSame(terminal.modes(), { isAlternate: true, hasCursor: false, wraps: false });
    const drawn = terminal.lines();
    t.match(drawn[0], /^30 channels {2}in .*\/s {2}out .*\/s {2}\/dev\/shm\//);
    t.match(drawn[1], /^NAME▼ +IN\/s +OUT\/s +WAKE\/s +FILL +AGE WRITER +READER$/);
    t.match(drawn[2], new RegExp(`^job-10 .* █+.░+ {2}50% .* awake ${process.pid} .* absent$`));

    terminal.press('NPage');
    await terminal.shows(/^11-20 of 30/);
    terminal.press('Down');
    t.equal(namesIn(await terminal.shows(/^12-21 of 30/))[0], 'job-21');
    terminal.press('End');
    t.equal(namesIn(await terminal.shows(/^21-30 of 30/)).at(-1), 'log-39');
    terminal.press('Home', 'k');
    await terminal.shows(/^1-10 of 30/);

    terminal.press('/');
    await terminal.shows(/^filter: _$/);
    // Also the letters that are keys.
    terminal.type('LOG-3q');
    await terminal.shows(/^filter: LOG-3q_$/);
    await until(() => namesIn(terminal.lines()).length === 0, 'no name is left');
    terminal.press('BSpace', 'Enter');
    t.strictSame(
      namesIn(await terminal.shows(/^filter: LOG-3 {2}q quit/)),
      Array.from({ length: 10 }, (_, i) => `log-${30 + i}`),
    );
    t.match(terminal.lines()[0], /^10 of 30 channels/);

    terminal.press('r');
    await terminal.shows(/^NAME▲/);
    t.equal(namesIn(terminal.lines())[0], 'log-39');
    // The last of the keys, name, is followed by the first.
    terminal.press('r', 's', 'S', 's');
    await terminal.shows(/ IN\/s▼ /);
    terminal.press('S', 'Escape');
    await terminal.shows(/^1-10 of 30/);

    terminal.press('p');
    await terminal.shows(/^PAUSED {2}30 channels/);
    await first?.write(Buffer.alloc(1024));
    terminal.press('r');
    await terminal.shows(/^NAME▲/);
    terminal.press('r');
    t.ok((await terminal.shows(/^NAME▼/)).some((line) => / 50% /.test(line)));
    terminal.press('Space');
    t.notMatch((await terminal.shows(/^job-10 .* 75% /))[0], 'PAUSED');

    terminal.press('h');
    await terminal.shows(/^ {2}q {12}quit/);
    terminal.press('x');
    await terminal.shows(/^job-10 /);

    terminal.resize(40, 8);
    const small = await terminal.shows(/^1-5 of 30/);
    t.match(small[1], /^NAME▼ +IN\/s +OUT\/s FILL$/);
    t.match(small[2], /^job-10 .* 75%$/);
    terminal.resize(200, 40);
    await until(() => namesIn(terminal.lines()).length === 30, 'all are shown');
    const large = terminal.lines();
    t.match(large[1], /^NAME▼ .* CAPACITY +AGE WRITER +READER/);
    t.match(large[2], new RegExp(`awake ${process.pid} node .*top-screen\\.js`));

    terminal.press('q');
    await terminal.shows(/^status 0$/);
    t.strictSame(terminal.modes(), { isAlternate: false, hasCursor: true, wraps: true });
    t.notOk(terminal.lines().some((line) => line.startsWith('NAME')));
  });

  t.test('the rates are those of messages, too; names cannot control the terminal', async (t) => {
    const dir = uniqueDirectory(t);
    const command = `${smipcForShell} top -d ${dir} -i 200ms --max-refresh 20; echo "status $?"`;
    const terminal = openTerminal(t, command, { width: 160, height: 10 });
    await terminal.shows(/^0 channels/);
    const name = '頻道\x1b[2J\n';
    const { createReadStream, createWriteStream } = await import('smipc');
    const writer = createWriteStream(name, { dir, objectMode: true });
    const reader = createReadStream(name, { dir, objectMode: true });
    reader.resume();
    const writing = setInterval(() => writer.write({ some: 'thing' }), 5);
    t.teardown(() => {
      clearInterval(writing);
      reader.destroy();
      writer.destroy();
    });
    await terminal.shows(/^頻道\?\[2J\? +[1-9]\S* .?i?B +[1-9]\S* .?i?B +[1-9]\S* +[1-9]\S* /);
    t.match(terminal.lines()[1], / MSG IN +MSG OUT /);
    await terminal.shows(/^status 0$/);
  });

  t.test('without UTF-8 and without colour', async (t) => {
    const dir = uniqueDirectory(t);
    const channel = openChannel('half', 'w', { dir, capacity: 4096 });
    t.teardown(() => channel.close());
    await channel.write(Buffer.alloc(2048));
    const command = `LC_ALL=C NO_COLOR=1 ${smipcForShell} top -d ${dir}`;
    const terminal = openTerminal(t, command, { width: 100, height: 10 });
    t.match((await terminal.shows(/^half .* #+\.+ {2}50% /))[1], / IN\/sv /);
    terminal.press('q');
  });
}
