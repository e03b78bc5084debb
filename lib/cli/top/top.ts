/** `smipc top`: what flows through the channels, again and again. */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import type { ChannelStatus } from '../../index.js';
import { placeOf } from '../channels/directory.js';
import { listMatching } from '../channels/matching.js';
import { commandOf } from '../channels/processes.js';
import type { Run, Values } from '../grammar/command.js';
import { ExitCode } from '../grammar/exit-codes.js';
import { UsageError } from '../grammar/usage-error.js';
import { isScreen } from '../terminal/screen.js';
import { tableOf } from '../terminal/table.js';
import { isUnicode, outputStatus, show, terminalWidth } from '../terminal/terminal.js';
import { plainColumns } from './columns.js';
import { type Controls, initialControls, shownRows } from './controls.js';
import { display } from './display.js';
import { kSortKeys, type Row, Sampler, type SortKey } from './model.js';
import { kOrder, tableLines } from './view.js';

const kDefaultIntervalMs = 1000;

export const run: Run = ({ operands: [pattern], values }) => {
  const dir = values.text('dir');
  const controls = initialControls(sortKey(values), values.isSet('reverse'));
  const isOnce = values.isSet('once');
  const intervalMs = values.number('interval') ?? kDefaultIntervalMs;
  const mostRefreshes = isOnce ? 1 : (values.number('max-refresh') ?? Infinity);
  const sampler = new Sampler(commandOf);
  const sample = (): Row[] => sampler.sample(listMatching(pattern, dir), performance.now());
  if (!values.isSet('json') && !isOnce && isScreen()) {
    const { directory } = placeOf(values);
    return display({ controls, directory, intervalMs, mostRefreshes, sample });
  }
  const write = values.isSet('json') ? writeJson : writeTable;
  return repeat({ sample, intervalMs, mostRefreshes }, (rows) =>
    write(shownRows(rows, controls), controls),
  );
};

function sortKey(values: Values): SortKey {
  const text = values.text('sort') ?? 'in';
  const key = kSortKeys.find((one) => one === text);
  if (key === undefined) {
    throw new UsageError(`--sort takes one of ${kSortKeys.join(', ')}, not '${text}'`);
  }
  return key;
}

interface Repetition {
  readonly intervalMs: number;
  readonly mostRefreshes: number;
  sample(): Row[];
}

/** Writes after each interval. One that takes longer than that makes the next one later. */
async function repeat(
  { sample, intervalMs, mostRefreshes }: Repetition,
  write: (rows: readonly Row[]) => void,
): Promise<number> {
  // What the first rates are counted from.
  sample();
  for (let refreshes = 0; refreshes < mostRefreshes; refreshes++) {
    await setTimeout(intervalMs);
    if (outputStatus() !== undefined) break;
    write(sample());
  }
  return ExitCode.Done;
}

/** As wide as the terminal; elsewhere all columns, with tabs. */
function writeTable(rows: readonly Row[], { sort, isReversed }: Controls): void {
  if (process.stdout.isTTY !== true) {
    show(
      tableOf(
        kOrder.map((key) => plainColumns[key]),
        rows,
      ),
    );
    return;
  }
  const look = { width: terminalWidth(), isUnicode: isUnicode() };
  const lines = tableLines(rows, look, { sort, isReversed });
  show(lines.map(({ text }) => `${text.trimEnd()}\n`).join(''));
}

/** An object a channel: the keys of its status, and those that docs/top.md lists. */
function writeJson(rows: readonly Row[]): void {
  const time = new Date().toISOString();
  show(rows.map((row) => `${JSON.stringify(objectOf(row, time))}\n`).join(''));
}

function objectOf(row: Row, time: string): ChannelStatus & Record<string, unknown> {
  const { status, rates, unchangedMs, isChangeSeen, writerCommand, readerCommand } = row;
  return {
    time,
    ...status,
    writer: {
      ...status.writer,
      ...(writerCommand === undefined ? {} : { command: writerCommand }),
    },
    reader: {
      ...status.reader,
      ...(readerCommand === undefined ? {} : { command: readerCommand }),
    },
    bytesWrittenPerSecond: rates?.bytesIn,
    bytesReadPerSecond: rates?.bytesOut,
    messagesWrittenPerSecond: rates?.messagesIn,
    messagesReadPerSecond: rates?.messagesOut,
    writerWakeUpsPerSecond: rates?.writerWakeUps,
    readerWakeUpsPerSecond: rates?.readerWakeUps,
    unchangedMs,
    isChangeSeen,
  };
}
