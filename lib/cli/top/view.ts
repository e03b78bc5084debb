/** How `smipc top` looks: rows become the lines of a terminal. Nothing is asked or written here. */
import type { ChannelStatus } from '../../index.js';
import { formatSize } from '../grammar/quantities.js';
import type { Line } from '../terminal/screen.js';
import { cut, displayWidth, pad, visible } from '../terminal/table.js';
import { columns, endText, percentText } from './columns.js';
import { type Controls, kKeysHelp, shownRows } from './controls.js';
import type { Row, SortKey } from './model.js';

export interface Look {
  /** Where the channels are. */
  readonly directory: string;
  readonly width: number;
  readonly height: number;
  /** Whether bars and marks may be more than ASCII. */
  readonly isUnicode: boolean;
}

/** Lines above and below the rows: the title and the header; the keys. */
const kOtherLines = 3;
const kGap = 1;
const kLongestBar = 20;
const kShortestName = 12;
/** Longer ones get what space is left. */
const kLongName = 20;
const kShortestEnd = 14;
const kLongEnd = 24;

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
  const line = (...parts: readonly string[]): Line => plain(joined(parts, look));
  const body = controls.isHelp
    ? kKeysHelp.slice(0, space).map((text) => line(`  ${text}`))
    : tableLines(seen, look, controls, rows).slice(1);
  const header = tableLines([], look, controls, rows).slice(0, 1);
  const filler = Array.from({ length: space - body.length }, () => plain(''));
  return [
    line(...title(all, rows, controls, look.directory)),
    ...header,
    ...body,
    ...filler,
    line(...footer(first, seen.length, rows.length, controls)),
  ].slice(0, look.height);
}

const plain = (text: string): Line => ({ text, style: 'plain' });

/** As many of the parts as there is space for, and of the first in any case what there is. */
function joined([first = '', ...others]: readonly string[], { width, isUnicode }: Look): string {
  let text = first;
  for (const part of others) {
    const longer = `${text}  ${part}`;
    if (displayWidth(longer) > width) break;
    text = longer;
  }
  return cut(text, width, isUnicode);
}

function title(
  all: readonly Row[],
  rows: readonly Row[],
  controls: Controls,
  directory: string,
): string[] {
  const count = rows.length === all.length ? `${all.length}` : `${rows.length} of ${all.length}`;
  const total = (rate: 'bytesIn' | 'bytesOut'): string =>
    `${formatSize(rows.reduce((sum, { rates }) => sum + (rates?.[rate] ?? 0), 0))}/s`;
  return [
    ...(controls.isPaused ? ['PAUSED'] : []),
    `${count} channel${all.length === 1 ? '' : 's'}`,
    `in ${total('bytesIn')}`,
    `out ${total('bytesOut')}`,
    visible(directory),
  ];
}

function footer(first: number, seen: number, count: number, controls: Controls): string[] {
  if (controls.isTyping) return [`filter: ${visible(controls.filter)}_`];
  const sort = `s sort: ${controls.sort}`;
  const parts = ['q quit', 'h help', sort, 'r reverse', '/ filter', 'p pause'];
  if (controls.filter !== '') parts.unshift(`filter: ${visible(controls.filter)}`);
  if (seen < count) parts.unshift(`${seen === 0 ? 0 : first + 1}-${first + seen} of ${count}`);
  return parts;
}

/**
 * The header, and a line for each row, as wide as the terminal at most.
 * @param all what the widths are made for, so that they stay when one scrolls
 */
export function tableLines(
  rows: readonly Row[],
  look: Pick<Look, 'width' | 'isUnicode'>,
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
      const text = line((key, width) => cellText(key, row, width, look.isUnicode));
      return {
        text: fitted(text, look.width).trimEnd(),
        style: isAlarming(row.status) ? 'alert' : 'plain',
      };
    }),
  ];
}

function cellText(key: SortKey, row: Row, width: number, isUnicode: boolean): string {
  if (key === 'fill') return fillText(row.status, width, isUnicode);
  if (key === 'writer') return endText(row.status.writer, row.writerCommand, width);
  if (key === 'reader') return endText(row.status.reader, row.readerCommand, width);
  return columns[key].text(row);
}

const isRight = (key: SortKey): boolean => columns[key].isNumber === true && key !== 'fill';

/** An end that went without saying so. */
const isAlarming = ({ writer, reader }: ChannelStatus): boolean =>
  ['died', 'aborted'].includes(writer.state) || reader.state === 'died';

/** In which order the columns stand. */
export const kOrder: readonly SortKey[] = [
  ...(['name', 'in', 'out', 'messages-in', 'messages-out'] as const),
  ...(['wake-ups', 'fill', 'capacity', 'age', 'writer', 'reader'] as const),
];

type Widths = Partial<Record<SortKey, number>>;

/** What a wider terminal shows in addition, one after the other, and how wide it is at least. */
const stepsFor = (rows: readonly Row[]): readonly Widths[] => [
  { name: kShortestName, in: 8, out: 8, fill: 4 },
  // What their ends do, and further below, who they are.
  { writer: 7, reader: 7 },
  { age: 6 },
  // A bar beside the number.
  { fill: 11 },
  { name: Math.max(kShortestName, Math.min(kLongName, longest('name', rows))) },
  { writer: kShortestEnd, reader: kShortestEnd },
  { 'messages-in': 7, 'messages-out': 8 },
  { 'wake-ups': 7 },
  { writer: lengthOfEnds('writer', rows), reader: lengthOfEnds('reader', rows) },
  { capacity: 9 },
];

const kMessageColumns = ['messages-in', 'messages-out'];

/** The columns there is space for, in their order, and their widths. */
function layout(rows: readonly Row[], width: number): Map<SortKey, number> {
  const hasMessages = rows.some(({ status }) => status.framing !== 'bytes');
  // The first step is shown in any case, as far as it goes.
  const [least = {}, ...steps] = stepsFor(rows);
  let widths = least;
  for (const step of steps) {
    if (!hasMessages && kMessageColumns.some((key) => key in step)) continue;
    const wider = { ...widths, ...step };
    if (totalWidth(wider) > width) break;
    widths = wider;
  }
  widths = grown(widths, rows, width);
  return new Map(kOrder.flatMap((key) => (key in widths ? [[key, widths[key] as number]] : [])));
}

function totalWidth(widths: Widths): number {
  const all = Object.values(widths);
  return all.reduce((sum, width) => sum + width, 0) + kGap * (all.length - 1);
}

/** Gives what is left to the texts that are longer, and to the bar. */
function grown(from: Widths, rows: readonly Row[], width: number): Widths {
  const widths = { ...from };
  let left = width - totalWidth(widths);
  const give = (key: SortKey, wanted: number, most = left): void => {
    const more = Math.max(0, Math.min(wanted - (widths[key] as number), most));
    widths[key] = (widths[key] as number) + more;
    left -= more;
  };
  if (left <= 0) return widths;
  const name = longest('name', rows);
  give('name', name, 'writer' in widths ? Math.ceil(left / 2) : left);
  if (hasBar(widths.fill ?? 0)) give('fill', kLongestBar, Math.ceil(left / 4));
  if (!('writer' in widths)) return widths;
  const [writer, reader] = [longest('writer', rows), longest('reader', rows)];
  give('writer', writer, Math.ceil(left / 2));
  give('reader', reader);
  give('writer', writer);
  give('name', name);
  return widths;
}

/** With the beginning of a command, if there are any. */
const lengthOfEnds = (key: 'writer' | 'reader', rows: readonly Row[]): number =>
  Math.max(kShortestEnd, Math.min(kLongEnd, longest(key, rows)));

/** How wide the texts of a column are at most. */
const longest = (key: SortKey, rows: readonly Row[]): number =>
  rows.reduce((most, row) => Math.max(most, displayWidth(columns[key].text(row))), 0);

/** `████░░░░   50%`; without space for a bar, the number. */
export function fillText(status: ChannelStatus, width: number, isUnicode: boolean): string {
  const percent = percentText(status).padStart(kPercentWidth);
  if (!hasBar(width)) return percent.slice(-Math.max(0, width));
  const cells = width - kPercentWidth - kGap;
  return `${bar(status.used / status.capacity, cells, isUnicode)} ${percent}`;
}

const kPercentWidth = 4;
const kShortestBar = 3;
const hasBar = (width: number): boolean => width >= kShortestBar + kGap + kPercentWidth;

const kEighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

function bar(fraction: number, cells: number, isUnicode: boolean): string {
  const eighths = Math.min(8 * cells, Math.ceil(fraction * cells * 8));
  if (!isUnicode) return '#'.repeat(Math.round(eighths / 8)).padEnd(cells, '.');
  const filled = '█'.repeat(Math.floor(eighths / 8)) + (kEighths[eighths % 8] as string);
  return filled.padEnd(cells, '░');
}
