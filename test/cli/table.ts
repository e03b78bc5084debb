// A table on a terminal of every width: each line fits, and has a mark at its end if it is not whole.
import t from 'tap';
import { loadSource } from '../fixtures/hosts/source.js';

type Table = typeof import('../../dist/cli/terminal/table.js');
type Column = import('../../dist/cli/terminal/table.js').Column<readonly string[]>;

const { displayWidth, tableOf } = await loadSource<Table>('cli/terminal/table.ts');

const columns = ['NAME', 'WRITER', 'N', 'PROGRAM'].map(
  (header, i): Column => ({ header, isNumber: header === 'N', text: (row) => row[i] as string }),
);
const rows = [
  ['left-10', 'ended 612', '7', ''],
  ['left-21', 'absent', '4096', 'node worker.js'],
  ['日本', '', '', ''],
  ['本', 'died 日本日本', '', 'node'],
];

t.test('tableOf', async (t) => {
  const whole = tableOf(columns, rows, true, 100).split('\n');
  for (let width = 1; width <= 45; width++) {
    const lines = tableOf(columns, rows, true, width).split('\n');
    for (const [i, line] of lines.entries()) {
      const all = whole[i] as string;
      if (line === all) continue;
      t.match(line, /[…~]$/, `${width}: ${line}`);
      const kept = line.slice(0, -1);
      t.ok(all.startsWith(kept) && displayWidth(kept) < width, `${width}: ${line}`);
    }
  }
});
