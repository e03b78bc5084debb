/** Rows of columns: aligned under a header on a terminal; elsewhere tabs alone, for cut and awk. */
import process from 'node:process';

export interface Column<Row> {
  readonly header: string;
  /** Numbers stand to the right. */
  readonly isNumber?: boolean;
  text(row: Row): string;
}

/** How many columns of a terminal a text takes: those of East Asia and most pictures take two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (kZeroWidth.test(character)) continue;
    width += kWide.test(character) ? 2 : 1;
  }
  return width;
}

const kZeroWidth = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const kWide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

export function pad(text: string, width: number, isRight = false): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return isRight ? space + text : text + space;
}

/** The text of a table, with a newline at its end; '' if there are no rows and no header. */
export function tableOf<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  isTerminal = process.stdout.isTTY === true,
): string {
  const cells = rows.map((row) => columns.map((column) => column.text(row)));
  if (!isTerminal) return cells.map((row) => `${row.join('\t')}\n`).join('');
  const all = [columns.map(({ header }) => header), ...cells];
  const widths = columns.map((_, i) =>
    Math.max(...all.map((row) => displayWidth(row[i] as string))),
  );
  return all
    .map((row) => {
      const line = row.map((cell, i) => pad(cell, widths[i] as number, columns[i]?.isNumber));
      return `${line.join('  ').trimEnd()}\n`;
    })
    .join('');
}
