/** `smipc status`: what state channels are in, in words. */
import { type ChannelStatus, describeStatus, inspect } from '../../index.js';
import type { Run, Values } from '../grammar/command.js';
import { ExitCode, statusOf } from '../grammar/exit-codes.js';
import { complain, show } from '../terminal/terminal.js';
import { watched } from '../terminal/watching.js';
import { commandOf } from './processes.js';

export const run: Run = ({ operands, values }) => watched(values, () => showOnce(operands, values));

/** One that is not there does not keep the others from being shown. */
function showOnce(names: readonly string[], values: Values): number {
  let worst: number = ExitCode.Done;
  for (const name of names) {
    try {
      const status = inspect(name, { dir: values.text('dir') });
      show(values.isSet('json') ? `${JSON.stringify(status)}\n` : textOf(status));
    } catch (error) {
      complain(`smipc: ${(error as Error).message}\n`);
      worst = statusOf(error);
    }
  }
  return worst;
}

/** The description, and what programs its processes are. */
function textOf(status: ChannelStatus): string {
  const pids = [status.writer, status.reader].flatMap(({ state, pid }) =>
    state === 'open' && pid !== undefined ? [pid] : [],
  );
  const programs = [...new Set(pids)].map((pid) => {
    const command = commandOf(pid);
    return command === undefined ? '' : `  pid ${pid} is: ${command}\n`;
  });
  return `${describeStatus(status)}\n${programs.join('')}`;
}
