/** `smipc ls`: the channels of a directory, a line each. */

import { type ChannelStatus, list } from '../index.js';
import type { Run } from './command.js';
import { ExitCode } from './exit-codes.js';
import { matchesGlob } from './glob.js';
import { formatSize } from './quantities.js';
import { type Column, tableOf } from './table.js';
import { show } from './terminal.js';

const columns: readonly Column<ChannelStatus>[] = [
  { header: 'NAME', text: ({ name }) => name },
  { header: 'WRITER', text: ({ writer }) => endText(writer) },
  { header: 'READER', text: ({ reader }) => endText(reader) },
  { header: 'USED', isNumber: true, text: ({ used }) => formatSize(used) },
  { header: 'CAPACITY', isNumber: true, text: ({ capacity }) => formatSize(capacity) },
  { header: 'CARRIES', text: ({ framing }) => framing },
];

export const run: Run = ({ operands: [pattern], values }) => {
  const all = list({ dir: values.text('dir') });
  const statuses =
    pattern === undefined ? all : all.filter(({ name }) => matchesGlob(name, pattern));
  if (values.isSet('json')) {
    for (const status of statuses) show(`${JSON.stringify(status)}\n`);
  } else {
    show(tableOf(columns, statuses));
  }
  // As ls(1) and grep(1): a pattern that matches nothing is a failure, an empty directory is none.
  return Promise.resolve(
    pattern !== undefined && statuses.length === 0 ? ExitCode.NoChannel : ExitCode.Done,
  );
};

/** `open 1234`, `absent` */
function endText({ state, pid }: { state: string; pid?: number }): string {
  return pid === undefined ? state : `${state} ${pid}`;
}
