// Makes a page of what system_calls_test.cc wrote down: one line a point, fields with tabs between.
import { readFileSync } from 'node:fs';

const points = readFileSync(process.argv[2] ?? '', 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => {
    const [scenario, surroundings, thread, call, , when, next, heard, left, verdict] =
      line.split('\t');
    return { scenario, surroundings, thread, call, when, next, heard, left, verdict };
  });

/**
 * @template T
 * @param {T[]} items
 * @param {(item: T) => string | undefined} key
 */
function groupBy(items, key) {
  /** @type {Map<string, T[]>} */
  const groups = new Map();
  for (const item of items) {
    const name = key(item) ?? '';
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return groups;
}

/** @param {(string | undefined)[]} cells */
const row = (...cells) => `| ${cells.join(' | ')} |`;
const failures = points.filter(({ verdict }) => verdict !== 'ok');
const killed = points.filter(({ call }) => call !== '(end)');

/** @param {typeof points} some @param {string} when */
const count = (some, when) => String(some.filter((point) => point.when === when).length);

const lines = [
  '# Death at every system call: what was tried',
  '',
  'Written by `npm run faults`; [system-calls.md](system-calls.md) says what it means.',
  '',
  `${killed.length} points, and ${points.length - killed.length} deaths at the end of the act; ` +
    `${failures.length} failures.`,
  '',
  row('surroundings', 'points', 'before', 'after', 'later', 'failures'),
  row('---', '---', '---', '---', '---', '---'),
];
for (const [name, some] of groupBy(killed, ({ surroundings }) => surroundings)) {
  const bad = some.filter(({ verdict }) => verdict !== 'ok').length;
  const [before, after, later] = ['before', 'after', 'later'].map((when) => count(some, when));
  lines.push(row(name, String(some.length), before, after, later, String(bad)));
}
lines.push(
  '',
  row(
    'what the process was doing',
    'points',
    'failures',
    'the peer heard',
    'found in the directory',
  ),
  row('---', '---', '---', '---', '---'),
);
for (const [name, some] of groupBy(points, ({ scenario }) => scenario)) {
  const bad = some.filter(({ verdict }) => verdict !== 'ok').length;
  const heard = [...groupBy(some, (point) => point.heard).keys()].sort().join(', ');
  const left = [...groupBy(some, (point) => point.left).keys()].sort();
  const names = left.map((text) => (text === '' ? 'nothing' : `\`${text}\``)).join(', ');
  lines.push(row(name, String(some.length), String(bad), heard, names));
}
lines.push('', 'The calls of each, of all threads, in the usual surroundings:', '');
const usual = killed.filter(({ surroundings }) => surroundings === 'default');
for (const [name, some] of groupBy(usual, ({ scenario }) => scenario)) {
  const calls = [...groupBy(some, ({ call }) => call).entries()];
  const counted = calls.map(([call, all]) => `${call} ${all.length}`);
  lines.push(`- ${name}: ${counted.join(', ')}`);
}
process.stdout.write(`${lines.join('\n')}\n`);
