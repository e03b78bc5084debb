/** How `smipc top` looks: rows become the lines of a terminal. Nothing is asked or written here. */
import type { ChannelStatus } from '../../index.js';
import { formatSize } from '../grammar/quantities.js';
import type { Line } from '../terminal/screen.js';
import { cut, displayWidth, pad, visible } from '../terminal/table.js';
import { columns, percentText } from './columns.js';
import { type Controls, kKeysHelp, shownRows } from './controls.js';
import type { Row, SortKey } from './model.js';

export interface Look {
  readonly width: number;
  readonly height: number;
  /** Whether bars and marks may be more than ASCII. */
  readonly isUnicode: boolean;
}

/** Lines above and below the rows: the title and the header; the keys. */
const kOtherLines = 3;
const kGap = 1;
const kLongestBar = 20;

/** How many rows there is space for. */
export function rowsThatFit(height: number): number {
  return Math.max(0, height - kOtherLines);
}

/** All of the screen: `height` lines of `width` columns at most. */
export function screenLines(all: readonly Row[], controls: Controls, look: Look): Line[] {
  const rows = shownRows(all, controls);
  const space = rowsThatFit(look.height);
  const first = Math.min(controls.scroll, Math.max(0, rows.length - space));
  const seen = rows.slice(first, first + space);
  const line = (text: string): Line => plain(cut(text, look.width, look.isUnicode));
  const body = controls.isHelp
    ? kKeysHelp.slice(0, space).map((text) => line(`  ${text}`))
    : tableLines(seen, look, controls, rows).slice(1);
  const header = tableLines([], look, controls, rows).slice(0, 1);
  const filler = Array.from({ length: space - body.length }, () => plain(''));
  return [
    line(title(all, rows, controls)),
    ...header,
    ...body,
    ...filler,
    line(footer(first, seen.length, rows.length, controls)),
  ].slice(0, look.height);
}

const plain = (text: string): Line => ({ text, style: 'plain' });

function title(all: readonly Row[], rows: readonly Row[], controls: Controls): string {
  const count = rows.length === all.length ? `${all.length}` : `${rows.length} of ${all.length}`;
  const total = (rate: 'bytesIn' | 'bytesOut'): string =>
    `${formatSize(rows.reduce((sum, { rates }) => sum + (rates?.[rate] ?? 0), 0))}/s`;
  return [
    ...(controls.isPaused ? ['PAUSED'] : []),
    `${count} channel${all.length === 1 ? '' : 's'}`,
    `in ${total('bytesIn')}`,
    `out ${total('bytesOut')}`,
    visible(all[0]?.status.directory ?? ''),
  ].join('  ');
}

function footer(first: number, seen: number, count: number, controls: Controls): string {
  if (controls.isTyping) return `filter: ${visible(controls.filter)}_`;
  const parts = ['q quit', 'h help', 's sort', 'r reverse', '/ filter', 'p pause'];
  if (controls.filter !== '') parts.unshift(`filter: ${visible(controls.filter)}`);
  if (seen < count) parts.unshift(`${seen === 0 ? 0 : first + 1}-${first + seen} of ${count}`);
  return parts.join('  ');
}

/**
 * The header, and a line for each row, as wide as the terminal at most.
 * @param all what the widths are made for, so that they stay when one scrolls
 */
export function tableLines(
  rows: readonly Row[],
  look: Look,
  { sort, isReversed }: Pick<Controls, 'sort' | 'isReversed'>,
  all: readonly Row[] = rows,
): Line[] {
  const widths = layout(all, look.width);
  const fitted = (text: string, width: number): string => cut(text, width, look.isUnicode);
  const line = (cell: (key: SortKey, width: number) => string): string =>
    [...widths]
      .map(([key, width]) => pad(fitted(cell(key, width), width), width, isRight(key)))
      .join(' '.repeat(kGap));
  const mark = look.isUnicode ? (isReversed ? '▲' : '▼') : isReversed ? '^' : 'v';
  const header = line((key) => `${columns[key].header}${key === sort ? mark : ''}`);
  return [
    // All of the line: it is shown in reverse.
    { text: pad(fitted(header, look.width), look.width), style: 'header' },
    ...rows.map((row): Line => {
      const text = line((key, width) =>
        key === 'fill' ? fillText(row.status, width, look.isUnicode) : columns[key].text(row),
      );
      return {
        text: fitted(text, look.width).trimEnd(),
        style: isAlarming(row.status) ? 'alert' : 'plain',
      };
    }),
  ];
}

const isRight = (key: SortKey): boolean => columns[key].isNumber === true && key !== 'fill';

/** An end that went without saying so. */
const isAlarming = ({ writer, reader }: ChannelStatus): boolean =>
  ['died', 'aborted'].includes(writer.state) || reader.state === 'died';

/** In which order the columns stand. */
export const kOrder: readonly SortKey[] = [
  ...(['name', 'in', 'out', 'messages-in', 'messages-out'] as const),
  ...(['fill', 'capacity', 'age', 'writer', 'reader'] as const),
];

type Widths = Partial<Record<SortKey, number>>;

/** What a wider terminal shows in addition, one after the other, and how wide it is at least. */
const kSteps: readonly Widths[] = [
  { name: 12, in: 8, out: 8, fill: 4 },
  // What their ends do, and then who they are.
  { writer: 7, reader: 7 },
  { age: 6 },
  { writer: 14, reader: 14 },
  { 'messages-in': 7, 'messages-out': 8 },
  { capacity: 9 },
];

const kMessageColumns = ['messages-in', 'messages-out'];

/** The columns there is space for, in their order, and their widths. */
function layout(rows: readonly Row[], width: number): Map<SortKey, number> {
  const hasMessages = rows.some(({ status }) => status.framing !== 'bytes');
  let widths: Widths = {};
  for (const step of kSteps) {
    if (!hasMessages && kMessageColumns.some((key) => key in step)) continue;
    const wider = { ...widths, ...step };
    // The first step is shown in any case, as far as it goes.
    if (step !== kSteps[0] && totalWidth(wider) > width) break;
    widths = wider;
  }
  grow(widths, rows, width);
  return new Map(kOrder.flatMap((key) => (key in widths ? [[key, widths[key] as number]] : [])));
}

function totalWidth(widths: Widths): number {
  const all = Object.values(widths);
  return all.reduce((sum, width) => sum + width, 0) + kGap * (all.length - 1);
}

/** Gives what is left to the texts that are longer, and to the bar. */
function grow(widths: Widths, rows: readonly Row[], width: number): void {
  let left = width - totalWidth(widths);
  const give = (key: SortKey, wanted: number, most = left): void => {
    const more = Math.max(0, Math.min(wanted - (widths[key] as number), most));
    widths[key] = (widths[key] as number) + more;
    left -= more;
  };
  const longest = (key: SortKey): number =>
    rows.reduce((most, row) => Math.max(most, displayWidth(columns[key].text(row))), 0);
  if (left <= 0) return;
  give('name', longest('name'), 'writer' in widths ? Math.ceil(left / 2) : left);
  give('fill', kLongestBar, Math.ceil(left / 4));
  if (!('writer' in widths)) return;
  const [writer, reader] = [longest('writer'), longest('reader')];
  give('writer', writer, Math.ceil(left / 2));
  give('reader', reader);
  give('writer', writer);
  give('name', longest('name'));
}

/** `████░░░░  50%`; without space for a bar, the number. */
export function fillText(status: ChannelStatus, width: number, isUnicode: boolean): string {
  const percent = percentText(status).padStart(4);
  const cells = width - percent.length;
  return cells < 3
    ? percent.slice(-Math.max(0, width))
    : bar(status.used / status.capacity, cells, isUnicode) + percent;
}

const kEighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

function bar(fraction: number, cells: number, isUnicode: boolean): string {
  const eighths = Math.min(8 * cells, Math.ceil(fraction * cells * 8));
  if (!isUnicode) return '#'.repeat(Math.round(eighths / 8)).padEnd(cells, '.');
  const filled = '█'.repeat(Math.floor(eighths / 8)) + (kEighths[eighths % 8] as string);
  return filled.padEnd(cells, '░');
}
