/** `smipc ls`: the channels of a directory, a line each. */
import process from 'node:process';
import { type ChannelStatus, list } from '../../index.js';
import type { Run, Values } from '../grammar/command.js';
import { ExitCode } from '../grammar/exit-codes.js';
import { formatSize } from '../grammar/quantities.js';
import type { Style } from '../terminal/colors.js';
import { type Column, tableOf } from '../terminal/table.js';
import { show } from '../terminal/terminal.js';
import { watched } from '../terminal/watching.js';
import { matchesGlob } from './glob.js';
import { commandOf } from './processes.js';

type End = ChannelStatus['writer'] | ChannelStatus['reader'];

/** Numbers stay numbers where a program reads them. */
const sizeText = (bytes: number): string =>
  process.stdout.isTTY === true ? formatSize(bytes) : String(bytes);

const columns: readonly Column<ChannelStatus>[] = [
  { header: 'NAME', text: ({ name }) => name },
  {
    header: 'WRITER',
    text: ({ writer }) => endText(writer),
    style: ({ writer }) => styled(writer),
  },
  {
    header: 'READER',
    text: ({ reader }) => endText(reader),
    style: ({ reader }) => styled(reader),
  },
  { header: 'USED', isNumber: true, text: ({ used }) => sizeText(used) },
  { header: 'CAPACITY', isNumber: true, text: ({ capacity }) => sizeText(capacity) },
  { header: 'CARRIES', text: ({ framing }) => framing },
  { header: 'PROGRAMS', text: programsText },
];

export const run: Run = ({ operands: [pattern], values }) =>
  watched(values, () => showOnce(pattern, values));

function showOnce(pattern: string | undefined, values: Values): number {
  const all = list({ dir: values.text('dir') });
  const statuses =
    pattern === undefined ? all : all.filter(({ name }) => matchesGlob(name, pattern));
  if (values.isSet('json')) {
    show(statuses.map((status) => `${JSON.stringify(status)}\n`).join(''));
  } else {
    show(tableOf(columns, statuses));
  }
  // As with grep(1): a pattern that matches nothing is a failure, an empty directory is none.
  return pattern !== undefined && statuses.length === 0 ? ExitCode.NoChannel : ExitCode.Done;
}

/** `open 1234`, `absent` */
function endText({ state, pid }: End): string {
  return pid === undefined ? state : `${state} ${pid}`;
}

/** What did not go as it should. */
function styled({ state }: End): Style | undefined {
  if (state === 'died') return 'red';
  return state === 'aborted' ? 'yellow' : undefined;
}

/** Of those that hold a role: a process that has gone may have left its id to another one. */
function programsText({ writer, reader }: ChannelStatus): string {
  const pids = [writer, reader].flatMap(({ state, pid }) =>
    state === 'open' && pid !== undefined ? [pid] : [],
  );
  return [...new Set(pids)].map((pid) => commandOf(pid) ?? '').join(' | ');
}
