/** Rows of columns: aligned under a header on a terminal; elsewhere tabs alone, for cut and awk. */
import process from 'node:process';
import { type Style, styled } from './colors.js';
import { isUnicode } from './terminal.js';

export interface Column<Row> {
  readonly header: string;
  /** Numbers stand to the right. */
  readonly isNumber?: boolean;
  text(row: Row): string;
  /** How it stands out, where there are colours. */
  style?(row: Row): Style | undefined;
}

/** How many columns of a terminal a text takes: those of East Asia and most pictures take two. */
export function displayWidth(text: string): number {
  if (kAscii.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    if (kZeroWidth.test(character)) continue;
    width += kWide.test(character) ? 2 : 1;
  }
  return width;
}

/** Most texts, which are asked for again and again. */
const kAscii = /^[ -~]*$/;
const kZeroWidth = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const kWide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

export function pad(text: string, width: number, isRight = false): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return isRight ? space + text : text + space;
}

/**
 * As much of it as there is room for; a mark at its end says that there is more.
 * @param isMarkUnicode whether that mark may be more than ASCII
 */
export function cut(text: string, width: number, isMarkUnicode = isUnicode()): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let taken = 0;
  for (const character of text) {
    taken += displayWidth(character);
    if (taken > width - 1) break;
    kept += character;
  }
  return width > 0 ? kept + (isMarkUnicode ? '…' : '~') : '';
}

const kGap = '  ';

/** The text of a table, with a newline at its end; '' if there are no rows and no header. */
export function tableOf<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  isTerminal = process.stdout.isTTY === true,
  width = process.stdout.columns || Number.POSITIVE_INFINITY,
): string {
  const cells = rows.map((row) => columns.map((column) => visible(column.text(row))));
  if (!isTerminal) {
    const texts = rows.map((row, i) =>
      columns.map(({ style }, j) => styled(cells[i]?.[j] as string, style?.(row))).join('\t'),
    );
    return texts.map((text) => `${text}\n`).join('');
  }
  const all = [columns.map(({ header }) => header), ...cells];
  const widths = columns.map((_, i) =>
    Math.max(...all.map((row) => displayWidth(row[i] as string))),
  );
  return all.map((row, i) => `${lineOf(columns, row, widths, width, rows[i - 1])}\n`).join('');
}

/** @param row undefined: the header */
function lineOf<Row>(
  columns: readonly Column<Row>[],
  cells: readonly string[],
  widths: readonly number[],
  width: number,
  row: Row | undefined,
): string {
  let left = width;
  let line = '';
  const last = cells.findLastIndex((cell) => cell !== '');
  for (const [i, { isNumber, style }] of columns.entries()) {
    const isMore = i < last;
    const padded = pad(cells[i] as string, widths[i] as number, isNumber);
    const whole = isMore ? padded + kGap : padded.trimEnd();
    // A cell that takes all there is leaves no room for the mark that more follows.
    const text = cut(isMore && displayWidth(whole) === left ? `${whole} ` : whole, left);
    const chosen = row === undefined ? 'bold' : style?.(row);
    line += styled(text, chosen);
    if (!isMore || text !== whole) break;
    left -= displayWidth(text);
  }
  return line.trimEnd();
}

/**
 * Names and commands are others': what would end a cell, move the cursor or turn the writing round is
 * shown as a question mark.
 */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '?');
}
