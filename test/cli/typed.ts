// `write` with a terminal as stdin: what is typed.
import { createReadStream } from 'smipc';
import t, { type Test } from 'tap';
import { uniqueDirectory } from '../fixtures/channels/directory.js';
import { smipcForShell } from '../fixtures/processes/command-line.js';
import { hasProgram } from '../fixtures/processes/system-program.js';
import { openTerminal, type Terminal } from '../fixtures/terminals/tmux.js';
import { until } from '../fixtures/timing/until.js';

interface Typing {
  terminal: Terminal;
  /** What has come through the channel so far. */
  received(): string;
  /** How the stream ended: with a clean end, or an error of that code. */
  ended: Promise<string>;
}

function startTyping(t: Test, options = ''): Typing {
  const dir = uniqueDirectory(t);
  const reader = createReadStream('typed', { dir, encoding: 'utf8' });
  let text = '';
  reader.on('data', (chunk) => {
    text += chunk;
  });
  const ended = new Promise<string>((resolve) => {
    reader.once('end', () => resolve('end'));
    reader.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? ''));
  });
  const command = `trap : INT; stty -g > before
    ${smipcForShell} write -d ${dir} ${options} typed
    echo "status $?"; stty -g > after; cmp before after && echo restored`;
  return {
    terminal: openTerminal(t, `cd ${t.testdir({})}; ${command}`),
    received: () => text,
    ended,
  };
}

if (hasProgram(t, 'tmux')) {
  t.test('a line goes as soon as it is complete; Ctrl-D is the end', async (t) => {
    const { terminal, received, ended } = startTyping(t);
    terminal.type('first\n');
    await until(() => received() === 'first\n', 'the line has come');
    // The terminal edits it.
    terminal.type('secomd');
    terminal.press('BSpace', 'BSpace');
    terminal.type('nd\n');
    await until(() => received() === 'first\nsecond\n', 'the second has come');
    terminal.press('C-d');
    t.equal(await ended, 'end');
    const lines = await terminal.shows(/^restored$/);
    t.strictSame(lines.slice(0, 4), ['first', 'second', 'status 0', 'restored'], 'and no progress');
  });

  t.test('Ctrl-C is no end', async (t) => {
    const { terminal, received, ended } = startTyping(t);
    terminal.type('first\n');
    await until(() => received() === 'first\n', 'the line has come');
    terminal.type('half');
    terminal.press('C-c');
    t.equal(await ended, 'ECONNRESET');
    const lines = await terminal.shows(/^restored$/);
    t.ok(lines.some((line) => line.endsWith('status 130')));
    t.equal(received(), 'first\n', 'a line that is not complete is still the terminal’s');
  });

  t.test('Ctrl-C before anything is typed, and before a reader', async (t) => {
    const dir = uniqueDirectory(t);
    const command = `trap : INT; ${smipcForShell} write -d ${dir} c; echo "status $?"`;
    const terminal = openTerminal(t, command);
    const { inspect } = await import('smipc');
    const isOpen = (): boolean => {
      try {
        return inspect('c', { dir }).writer.state === 'open';
      } catch {
        return false;
      }
    };
    await until(isOpen, 'the channel is open');
    terminal.press('C-c');
    await terminal.shows(/status 130$/);
  });
}
