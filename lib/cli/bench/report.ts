/** How the figures are shown: a table, or objects. */
import process from 'node:process';
import { type Column, tableOf } from '../terminal/table.js';
import type { Machine } from './machine.js';
import type { Measure } from './measures.js';
import { kRounds, type Seconds } from './rounds.js';
import { ratioOf, type Spread, spreadOf } from './statistics.js';
import type { Way } from './ways.js';

/** What came of one measure for one way. Its keys are those of `--json`, and stable. */
export interface Figures {
  readonly measure: Measure['kind'];
  /** Bytes of one write. */
  readonly size: number;
  readonly way: Way;
  readonly unit: 'bytes/s' | 'microseconds';
  readonly value: Spread;
  /** Not of smipc: how many times as fast as this smipc is. */
  readonly ratio?: Spread;
  readonly rounds: number;
}

/** Those of smipc first. */
export function figuresOf(measure: Measure, seconds: Seconds): readonly Figures[] {
  const { kind, size } = measure;
  const ours = seconds.get('smipc') as readonly number[];
  return [...seconds].map(([way, each]) => ({
    measure: kind,
    size,
    way,
    ...(kind === 'throughput'
      ? { unit: 'bytes/s', value: spreadOf(each.map((one) => size / one)) }
      : { unit: 'microseconds', value: spreadOf(each.map((one) => one * 1e6)) }),
    ...(way === 'smipc' ? {} : { ratio: ratioOf(each, ours) }),
    rounds: kRounds,
  }));
}

/** A line for each of them, which stands alone. */
export function jsonText(figures: readonly Figures[], machine: Machine): string {
  return figures.map((one) => `${JSON.stringify({ ...one, machine })}\n`).join('');
}

export interface Row {
  readonly title: string;
  readonly figures: readonly Figures[];
}

/** A row for each measure. Numbers stay numbers where a program reads them. */
export function tableText(ways: readonly Way[], rows: readonly Row[]): string {
  const isTerminal = process.stdout.isTTY === true;
  const of = ({ figures }: Row, way: Way): Figures =>
    figures.find((one) => one.way === way) as Figures;
  const columns: readonly Column<Row>[] = [
    { header: 'MEASURE', text: ({ title }) => title },
    ...ways.flatMap((way): Column<Row>[] => {
      const value: Column<Row> = {
        header: way.toUpperCase(),
        isNumber: true,
        text: (row) => {
          const { value, unit } = of(row, way);
          return isTerminal ? valueText(value.median, unit) : plain(value.median);
        },
      };
      if (way === 'smipc') return [value];
      const ratio = (row: Row): Spread => of(row, way).ratio as Spread;
      if (isTerminal) {
        return [value, { header: 'RATIO', text: (row) => ratioText(ratio(row)) }];
      }
      const parts = ['median', 'least', 'most'] as const;
      return [value, ...parts.map((part) => ({ header: '', text: ratioPart(ratio, part) }))];
    }),
  ];
  return tableOf(columns, rows, isTerminal);
}

const ratioPart =
  (ratio: (row: Row) => Spread, part: keyof Spread) =>
  (row: Row): string =>
    plain(ratio(row)[part]);

const plain = (value: number): string => String(Number(value.toPrecision(4)));

const kUnits = ['B', 'kB', 'MB', 'GB'] as const;

/** `812 MB/s`, `12.3 µs`: three digits. */
function valueText(value: number, unit: Figures['unit']): string {
  if (unit === 'microseconds') return `${digits(value)} µs`;
  // What would be rounded to 1000 is one of the next unit.
  const exponent = kUnits.findIndex((_, i) => value < 999.5 * 1000 ** i);
  const power = exponent === -1 ? kUnits.length - 1 : exponent;
  return `${digits(value / 1000 ** power)} ${kUnits[power]}/s`;
}

/** `3.42 [3.10-3.90]` */
function ratioText({ median, least, most }: Spread): string {
  return `${digits(median, 2)} [${digits(least, 2)}-${digits(most, 2)}]`;
}

function digits(value: number, most = 3): string {
  if (value >= 10 ** (most - 1) - 0.5) return value.toFixed(0);
  const whole = value < 9.95 ? 1 : Math.floor(Math.log10(value)) + 1;
  return value.toFixed(Math.max(0, most - whole));
}
