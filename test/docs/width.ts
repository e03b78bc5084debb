// A page can be read as it is, in an editor of a hundred columns. Not those that a program writes.
import t from 'tap';
import { allPages } from '../fixtures/docs/markdown.js';

const kMost = 100;
const kWritten = ['docs/benchmarks/results.md', 'docs/reliability/system-calls-table.md'];

for (const { path, lines } of allPages()) {
  if (!/^(README|SECURITY|docs\/.*)\.md$/.test(path) || kWritten.includes(path)) continue;
  const wide = lines.flatMap((line, i) => ([...line].length > kMost ? [i + 1] : []));
  t.strictSame(wide, [], `${path}: lines of more than ${kMost} columns`);
}
