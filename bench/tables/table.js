/** Tables: Markdown that is also readable on a terminal. */

/** @typedef {{ title: string, head: string[], rows: string[][] }} Table */

/** @param {Table} table */
export function renderTable({ head, rows }) {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => widthOf(row[i]))));
  const line = (/** @type {string[]} */ row) =>
    `| ${row.map((cell, i) => pad(cell, widths[i] ?? 0, i > 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i > 0 ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** @param {Table[]} tables */
export function printTables(tables) {
  for (const table of tables) {
    if (table.rows.length > 0) console.log(`\n${table.title}\n\n${renderTable(table)}`);
  }
}

/** @param {string | undefined} cell */
const widthOf = (cell) => [...(cell ?? '')].length;

/** @param {string} cell @param {number} width @param {boolean} toTheRight */
function pad(cell, width, toTheRight) {
  const space = ' '.repeat(width - widthOf(cell));
  return toTheRight ? space + cell : cell + space;
}
