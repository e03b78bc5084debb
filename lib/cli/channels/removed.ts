/** How `smipc rm` says what it has removed. */
import process from 'node:process';
import type { ChannelStatus } from '../../index.js';
import type { Values } from '../grammar/command.js';
import { visible } from '../terminal/table.js';
import { show } from '../terminal/terminal.js';

/** What was removed, or would be. Of a damaged one there is the name alone. */
export function tell(status: ChannelStatus | { name: string }, values: Values): void {
  if (values.isSet('json')) show(`${JSON.stringify(status)}\n`);
  else show(`${process.stdout.isTTY === true ? visible(status.name) : status.name}\n`);
}
