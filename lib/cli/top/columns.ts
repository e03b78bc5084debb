/** The columns of `smipc top`, and what stands in them. */
import type { ChannelStatus } from '../../index.js';
import { ageText } from '../channels/changes.js';
import { formatSize } from '../grammar/quantities.js';
import { type Column, displayWidth, visible } from '../terminal/table.js';
import { type Row, type SortKey, wakeUpsOf } from './model.js';

/** A column is named by what it can be sorted by. */
export const columns: Readonly<Record<SortKey, Column<Row>>> = {
  name: { header: 'NAME', text: ({ status }) => visible(status.name) },
  in: { header: 'IN/s', isNumber: true, text: ({ rates }) => sizeText(rates?.bytesIn) },
  out: { header: 'OUT/s', isNumber: true, text: ({ rates }) => sizeText(rates?.bytesOut) },
  'messages-in': {
    header: 'MSG IN',
    isNumber: true,
    text: ({ rates }) => countText(rates?.messagesIn),
  },
  'messages-out': {
    header: 'MSG OUT',
    isNumber: true,
    text: ({ rates }) => countText(rates?.messagesOut),
  },
  'wake-ups': {
    header: 'WAKE/s',
    isNumber: true,
    text: ({ rates }) => countText(wakeUpsOf(rates)),
  },
  fill: { header: 'FILL', isNumber: true, text: ({ status }) => percentText(status) },
  capacity: {
    header: 'CAPACITY',
    isNumber: true,
    text: ({ status }) => formatSize(status.capacity),
  },
  age: {
    header: 'AGE',
    isNumber: true,
    text: ageText,
  },
  writer: {
    header: 'WRITER',
    text: ({ status, writerCommand }) => endText(status.writer, writerCommand),
  },
  reader: {
    header: 'READER',
    text: ({ status, readerCommand }) => endText(status.reader, readerCommand),
  },
};

/** Where a program reads them, sizes and counts stay numbers. */
export const plainColumns: typeof columns = {
  ...columns,
  in: { ...columns.in, text: ({ rates }) => numberText(rates?.bytesIn, 0) },
  out: { ...columns.out, text: ({ rates }) => numberText(rates?.bytesOut, 0) },
  'messages-in': {
    ...columns['messages-in'],
    text: ({ rates }) => numberText(rates?.messagesIn, 1),
  },
  'messages-out': {
    ...columns['messages-out'],
    text: ({ rates }) => numberText(rates?.messagesOut, 1),
  },
  'wake-ups': { ...columns['wake-ups'], text: ({ rates }) => numberText(wakeUpsOf(rates), 1) },
  capacity: { ...columns.capacity, text: ({ status }) => String(status.capacity) },
};

const kUnknown = '-';

/** @param digits behind the point, at most */
const numberText = (value: number | undefined, digits: number): string =>
  value === undefined ? kUnknown : String(Number(value.toFixed(digits)));

const sizeText = (bytes: number | undefined): string =>
  bytes === undefined ? kUnknown : formatSize(bytes);
const countText = (count: number | undefined): string =>
  count === undefined ? kUnknown : formatCount(count);

/** `0`, `0.5`, `12345`, `1.23M` */
function formatCount(count: number): string {
  if (count >= 999_999.5) return `${(count / 1e6).toFixed(2)}M`;
  return count < 99.95 && !Number.isInteger(count) ? count.toFixed(1) : String(Math.round(count));
}

/** 0 % is an empty ring, 100 % a full one, and nothing else is. */
export function percentText({ used, capacity }: ChannelStatus): string {
  if (used === 0) return '0%';
  if (used >= capacity) return '100%';
  return `${Math.min(99, Math.max(1, Math.round((100 * used) / capacity)))}%`;
}

const kLeastCommand = 8;

/**
 * `sleeps 4711 node worker.js`, `ended 4711`, `absent`: as much of it as `width` columns hold. A part
 * of a process id would be another one, and a few letters of a command say nothing.
 */
export function endText(
  { state, pid, sleeping }: ChannelStatus['writer' | 'reader'],
  command: string | undefined,
  width = Infinity,
): string {
  const doing = state === 'open' ? (sleeping === true ? 'sleeps' : 'awake') : state;
  const who = pid === undefined ? doing : `${doing} ${pid}`;
  if (who.length > width) return doing;
  if (command === undefined) return who;
  // The folders of the program say little, and take the place of its arguments.
  const text = `${who} ${visible(command.replace(/^\S*\/(?=[^\s/])/, ''))}`;
  return displayWidth(text) > width && who.length + kLeastCommand >= width ? who : text;
}
