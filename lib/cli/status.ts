/** `smipc status`: what state channels are in, in words. */
import { setTimeout } from 'node:timers/promises';
import { inspect } from '../index.js';
import type { Run } from './command.js';
import { ExitCode } from './exit-codes.js';
import { show } from './terminal.js';

export const run: Run = async ({ operands, values }) => {
  const dir = values.text('dir');
  const every = values.number('watch');
  for (;;) {
    for (const name of operands) {
      const status = inspect(name, { dir });
      show(`${JSON.stringify(status)}\n`);
    }
    if (every === undefined) return ExitCode.Done;
    await setTimeout(every);
  }
};
