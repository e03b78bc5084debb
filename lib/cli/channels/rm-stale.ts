/**
 * `smipc rm --stale`: removes what no live process holds, and what is in it. It shows it first, and asks;
 * and only what was shown is removed, as it was shown.
 */
import process from 'node:process';
import { createInterface } from 'node:readline';
import { type ChannelStatus, inspect, list, prune, remove } from '../../index.js';
import type { Values } from '../grammar/command.js';
import { errorText } from '../grammar/error-text.js';
import { ExitCode, statusOf } from '../grammar/exit-codes.js';
import { formatSize } from '../grammar/quantities.js';
import { UsageError } from '../grammar/usage-error.js';
import { type Column, tableOf, visible } from '../terminal/table.js';
import { complain, terminalWidth } from '../terminal/terminal.js';
import { isMoved, isReplaced } from './changes.js';
import { isHeld } from './holders.js';
import { tell } from './removed.js';

const columns: readonly Column<ChannelStatus>[] = [
  { header: 'NAME', text: ({ name }) => name },
  { header: 'WRITER', text: ({ writer }) => writer.state },
  { header: 'READER', text: ({ reader }) => reader.state },
  { header: 'UNREAD', isNumber: true, text: unreadText },
];

export async function removeStale(values: Values): Promise<number> {
  const dir = values.text('dir');
  if (values.isSet('dry-run')) {
    for (const status of staleIn(dir)) tell(status, values);
    return ExitCode.Done;
  }
  const isAsked = !values.isSet('force');
  if (isAsked && !canAsk()) {
    throw new UsageError(
      'rm --stale asks before it removes anything, on a terminal; elsewhere it needs --force, or --dry-run',
    );
  }
  // What nobody could read any more: so does whoever lists channels, by and by.
  for (const status of prune({ dir })) tell(status, values);
  const shown = staleIn(dir);
  if (isAsked && shown.length === 0) complain('smipc: there is nothing to remove\n');
  if (isAsked && shown.length > 0 && !(await isConfirmed(shown))) return ExitCode.Failed;
  let lastFailure: number | undefined;
  for (const status of shown) lastFailure = removeShown(status, values) ?? lastFailure;
  return lastFailure ?? ExitCode.Done;
}

/** What could still be read, but no process holds. */
function staleIn(dir: string | undefined): ChannelStatus[] {
  return list({ dir }).filter((status) => !isHeld(status));
}

/** `12 B`, `4.00 KiB in 3 messages` */
function unreadText({ used, messagesWritten, messagesRead = 0 }: ChannelStatus): string {
  if (messagesWritten === undefined) return formatSize(used);
  const count = messagesWritten - messagesRead;
  return `${formatSize(used)} in ${count} message${count === 1 ? '' : 's'}`;
}

/** The question is on stderr: stdout may be a pipe. */
function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

async function isConfirmed(shown: readonly ChannelStatus[]): Promise<boolean> {
  complain(tableOf(columns, shown, true, terminalWidth()));
  const what = shown.length === 1 ? 'this channel' : `these ${shown.length} channels`;
  complain(`Remove ${what}, and what was not read? [y/N] `);
  // The terminal edits the line, and ends us at ^C.
  const lines = createInterface({ input: process.stdin, terminal: false });
  const answer = await new Promise<string | undefined>((resolve) => {
    lines.once('line', resolve);
    lines.once('close', () => resolve(undefined));
  });
  lines.close();
  if (answer === undefined) complain('\n');
  return /^y(es)?$/i.test(answer?.trim() ?? '');
}

/** Returns the exit status, if it failed. */
function removeShown(shown: ChannelStatus, values: Values): number | undefined {
  const { name } = shown;
  const dir = values.text('dir');
  try {
    const now = inspect(name, { dir });
    if (isReplaced(shown, now) || isMoved(shown, now)) {
      complain(`smipc: '${visible(name)}' stays: it was used meanwhile\n`);
      return undefined;
    }
    remove(name, { dir });
    tell(shown, values);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    complain(`smipc: ${visible(errorText(error))}\n`);
    // It is held now.
    return code === 'EBUSY' ? undefined : statusOf(error);
  }
  return undefined;
}
