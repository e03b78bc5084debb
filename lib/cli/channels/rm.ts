/** `smipc rm`: removes channels. */
import { type ChannelStatus, inspect, remove } from '../../index.js';
import type { Run, Values } from '../grammar/command.js';
import { errorText } from '../grammar/error-text.js';
import { ExitCode, statusOf } from '../grammar/exit-codes.js';
import { UsageError } from '../grammar/usage-error.js';
import { visible } from '../terminal/table.js';
import { complain } from '../terminal/terminal.js';
import { tell } from './removed.js';
import { removeStale } from './rm-stale.js';

export const run: Run = ({ operands, values }) => {
  if (values.isSet('stale') === operands.length > 0) {
    throw new UsageError('rm needs names, or --stale, and not both');
  }
  return values.isSet('stale')
    ? removeStale(values)
    : Promise.resolve(removeNamed(operands, values));
};

function removeNamed(names: readonly string[], values: Values): number {
  let lastFailure: number | undefined;
  for (const name of names) {
    try {
      removeOne(name, values);
    } catch (error) {
      complain(`smipc: ${visible(errorText(error))}\n`);
      lastFailure = statusOf(error);
    }
  }
  return lastFailure ?? ExitCode.Done;
}

function removeOne(name: string, values: Values): void {
  const dir = values.text('dir');
  const force = values.isSet('force');
  const status = seen(name, dir, force);
  if (!values.isSet('dry-run')) removeNow(name, dir, force);
  else if (!force && status !== undefined) checkFree(status);
  tell(status ?? { name }, values);
}

/** How it is before it is removed; undefined: it is damaged, which only `force` removes. */
function seen(name: string, dir: string | undefined, force: boolean): ChannelStatus | undefined {
  try {
    return inspect(name, { dir });
  } catch (error) {
    if (force && (error as NodeJS.ErrnoException).code !== 'ENOENT') return undefined;
    throw error;
  }
}

function removeNow(name: string, dir: string | undefined, force: boolean): void {
  try {
    remove(name, { dir, force });
  } catch (error) {
    const { code, pid } = error as NodeJS.ErrnoException & { pid?: number };
    throw code === 'EBUSY' ? heldBy(pid, name) : error;
  }
}

/** @throws if remove() would */
function checkFree({ name, writer, reader }: ChannelStatus): void {
  const holder = [writer, reader].find(({ state }) => state === 'open');
  if (holder !== undefined) throw heldBy(holder.pid, name);
}

/** The same for what is tried and for what is only looked at. */
function heldBy(pid: number | undefined, name: string): Error {
  const holder = pid === undefined ? 'a process' : `process ${pid}`;
  const message = `EBUSY: ${holder} holds '${visible(name)}'; --force removes it anyway`;
  return Object.assign(new Error(message), { code: 'EBUSY', channel: name });
}
