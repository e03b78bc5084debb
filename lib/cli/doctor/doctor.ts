/** `smipc doctor`: looks for what keeps channels from working here, and says what to do about it. */
import process from 'node:process';
import { placeOf } from '../channels/directory.js';
import type { Run, Values } from '../grammar/command.js';
import { ExitCode } from '../grammar/exit-codes.js';
import { UsageError } from '../grammar/usage-error.js';
import { show, terminalWidth } from '../terminal/terminal.js';
import type { Check, Scene } from './check.js';
import { checks } from './checks.js';
import { plainText, type Report, readableText } from './report.js';
import { tryOut } from './trial.js';
import type { Trial } from './trial-report.js';

const kDefaultCapacity = 1024 * 1024;

export const run: Run = async ({ operands, values }) => {
  const chosen = operands.length === 0 ? checks : operands.map(find);
  const scene = sceneOf(values);
  const reports: Report[] = [];
  // One after the other: what one looks at, another may change.
  for (const check of chosen) reports.push(await examine(check, scene));
  if (values.isSet('json')) for (const report of reports) show(`${JSON.stringify(report)}\n`);
  else if (process.stdout.isTTY) show(readableText(reports, terminalWidth()));
  else show(plainText(reports));
  const hasFailed = reports.some(({ verdict }) => verdict === 'failed');
  return hasFailed ? ExitCode.Failed : ExitCode.Done;
};

function find(id: string): Check {
  const check = checks.find((one) => one.id === id);
  if (check !== undefined) return check;
  const ids = checks.map((one) => one.id).join(', ');
  throw new UsageError(`doctor has no check '${id}'; it has ${ids}`);
}

function sceneOf(values: Values): Scene {
  const place = placeOf(values);
  const capacity = values.number('capacity') ?? kDefaultCapacity;
  let trial: Promise<Trial> | undefined;
  return { ...place, capacity, trial: () => (trial ??= tryOut(place.directory)) };
}

/** One check that cannot be made does not stop the others. */
async function examine(check: Check, scene: Scene): Promise<Report> {
  const { id } = check;
  try {
    return { id, ...(await check.examine(scene)) };
  } catch (error) {
    return {
      id,
      verdict: 'unknown',
      reason: `it cannot be found out: ${(error as Error).message}`,
    };
  }
}
