/** `--watch`: shows the same again and again. */
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import type { Values } from '../grammar/command.js';
import { isOutputClosed, show } from './terminal.js';

const kClear = '\x1b[H\x1b[J';

/** Returns the status of the first time without `--watch`, or of the last one. */
export async function watched(values: Values, showOnce: () => number): Promise<number> {
  const everyMs = values.number('watch');
  if (everyMs === undefined) return showOnce();
  const isDrawn = process.stdout.isTTY === true && !values.isSet('json');
  for (;;) {
    if (isDrawn) show(kClear);
    const status = showOnce();
    if (isOutputClosed()) return status;
    await setTimeout(everyMs);
  }
}
