/** `smipc status`: what state channels are in, in words. */
import { setTimeout } from 'node:timers/promises';
import { type ChannelStatus, describeStatus, inspect } from '../index.js';
import type { Run } from './command.js';
import { ExitCode } from './exit-codes.js';
import { commandOf } from './processes.js';
import { isOutputClosed, show } from './terminal.js';

export const run: Run = async ({ operands, values }) => {
  const dir = values.text('dir');
  const everyMs = values.number('watch');
  for (;;) {
    for (const name of operands) {
      const status = inspect(name, { dir });
      show(values.isSet('json') ? `${JSON.stringify(status)}\n` : textOf(status));
    }
    if (everyMs === undefined || isOutputClosed()) return ExitCode.Done;
    await setTimeout(everyMs);
  }
};

/** The description, and what programs its processes are. */
function textOf(status: ChannelStatus): string {
  const pids = [status.writer.pid, status.reader.pid].filter((pid) => pid !== undefined);
  const programs = [...new Set(pids)].map((pid) => {
    const command = commandOf(pid);
    return command === undefined ? '' : `  pid ${pid} is: ${command}\n`;
  });
  return `${describeStatus(status)}\n${programs.join('')}`;
}
