/** `smipc ls`: the channels of a directory, a line each. */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import type { ChannelStatus } from '../../index.js';
import type { Run, Values } from '../grammar/command.js';
import { ExitCode } from '../grammar/exit-codes.js';
import { formatSize } from '../grammar/quantities.js';
import type { Style } from '../terminal/colors.js';
import { type Column, tableOf } from '../terminal/table.js';
import { type Shown, watched } from '../terminal/watching.js';
import { ageText, Changes, jsonLine, type Look } from './changes.js';
import { holderPids } from './holders.js';
import { listMatching } from './matching.js';
import { commandOf } from './processes.js';

type End = ChannelStatus['writer'] | ChannelStatus['reader'];

/** Numbers stay numbers where a program reads them. */
const sizeText = (bytes: number): string =>
  process.stdout.isTTY === true ? formatSize(bytes) : String(bytes);

const columns: readonly Column<Look>[] = [
  { header: 'NAME', text: ({ status }) => status.name },
  {
    header: 'WRITER',
    text: ({ status }) => endText(status.writer),
    style: ({ status }) => styled(status.writer),
  },
  {
    header: 'READER',
    text: ({ status }) => endText(status.reader),
    style: ({ status }) => styled(status.reader),
  },
  { header: 'USED', isNumber: true, text: ({ status }) => sizeText(status.used) },
  { header: 'CAPACITY', isNumber: true, text: ({ status }) => sizeText(status.capacity) },
  { header: 'CARRIES', text: ({ status }) => status.framing },
  { header: 'PROGRAMS', text: ({ status }) => programsText(status) },
];
/** One look does not tell it. */
const watchedColumns = columns.toSpliced(-1, 0, { header: 'AGE', isNumber: true, text: ageText });

export const run: Run = ({ operands: [pattern], values }) => {
  const changes = new Changes();
  return watched(values, () => look(pattern, values, changes));
};

function look(pattern: string | undefined, values: Values, changes: Changes): Shown {
  const statuses = listMatching(pattern, values.text('dir'));
  const looks = changes.look(statuses, performance.now());
  const isWatched = values.number('watch') !== undefined;
  return {
    text: values.isSet('json')
      ? looks.map((one) => jsonLine(one, isWatched)).join('')
      : tableOf(isWatched ? watchedColumns : columns, looks),
    // As with grep(1): a pattern that matches nothing is a failure, an empty directory is none.
    status: pattern !== undefined && statuses.length === 0 ? ExitCode.NoChannel : ExitCode.Done,
  };
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

function programsText(status: ChannelStatus): string {
  return holderPids(status)
    .map((pid) => commandOf(pid) ?? '')
    .join(' | ');
}
