// The name of the program's process is what was typed: for ps, and for `smipc ls`.
import t from 'tap';
import { openShell } from '../fixtures/processes/shell.js';

t.test('ls, status and top name the command, not Node', async (t) => {
  const { run } = openShell(t);
  const { stdout } = await run(`
    mkfifo held
    smipc write --wait jobs held &
    until smipc ls | grep open > listed; do :; done
    cut -f 7 listed
    smipc status jobs | tail -n 1
    smipc top --once --interval 100ms | cut -f 10
    kill $!`);
  const [listed, described, shown] = stdout.trimEnd().split('\n');
  t.match(listed, /^smipc write --wait jobs held$/);
  t.match(described, /^ {2}pid \d+ is: smipc write --wait jobs held$/);
  t.match(shown, /^(awake|sleeps) \d+ smipc write --wait jobs held$/);
});
