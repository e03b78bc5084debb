/** `smipc bench`: how fast channels are on this machine, and how many times as fast as other ways. */
import type { Run, Values } from '../grammar/command.js';
import { ExitCode } from '../grammar/exit-codes.js';
import { UsageError } from '../grammar/usage-error.js';
import { untilSignalled } from '../terminal/signals.js';
import { complain, outputStatus, show } from '../terminal/terminal.js';
import { machineOf, machineText } from './machine.js';
import { measures } from './measures.js';
import { Pair } from './pair.js';
import { Progress } from './progress.js';
import { figuresOf, jsonText, type Row, tableText } from './report.js';
import { kRounds, kRunsOfTime, measured } from './rounds.js';
import { kWays, type Way } from './ways.js';

const kDefaultMs = 20_000;
const kLeastMs = 1000;
const kMostMs = 120_000;

export const run: Run = async ({ values }) => {
  const others = othersOf(values.text('against') ?? 'socket');
  const ms = timeOf(values);
  const pair = new Pair(values.text('dir'));
  return untilSignalled(
    () => pair.close(),
    async () => {
      try {
        await compare(pair, ['smipc', ...others], ms, values);
      } finally {
        await pair.close();
      }
      return ExitCode.Done;
    },
  );
};

function othersOf(text: string): Way[] {
  const known = kWays.filter((way) => way !== 'smipc');
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (known.some((one) => one === name)) continue;
    throw new UsageError(
      `--against takes ${known.join(', ')}, or both with a comma between, not '${name}'`,
    );
  }
  return known.filter((way) => names.includes(way));
}

function timeOf(values: Values): number {
  const ms = values.number('time') ?? kDefaultMs;
  if (ms >= kLeastMs && ms <= kMostMs) return ms;
  throw new UsageError(`--time takes ${kLeastMs / 1000}s to ${kMostMs / 1000}s, not ${ms / 1000}s`);
}

async function compare(
  pair: Pair,
  ways: readonly Way[],
  ms: number,
  values: Values,
): Promise<void> {
  const machine = machineOf(await pair.open(ways));
  const isJson = values.isSet('json');
  if (!isJson) complain(machineText(machine));
  const runMs = ms / (measures.length * ways.length * kRunsOfTime);
  const progress = new Progress(ms);
  const rows: Row[] = [];
  try {
    for (const measure of measures) {
      const seconds = await measured(pair, measure, ways, runMs, (round) =>
        progress.show(`${measure.title}, ${round === 0 ? 'warm-up' : `${round} of ${kRounds}`}`),
      );
      const figures = figuresOf(measure, seconds);
      rows.push({ title: measure.title, figures });
      if (isJson) {
        progress.clear();
        show(jsonText(figures, machine));
      }
      if (outputStatus() !== undefined) return;
    }
  } finally {
    progress.clear();
  }
  if (!isJson) show(tableText(ways, rows));
}
