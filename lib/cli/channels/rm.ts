/** `smipc rm`: removes channels. */
import { type ChannelStatus, inspect, list, prune, remove } from '../../index.js';
import type { Run, Values } from '../grammar/command.js';
import { ExitCode, statusOf } from '../grammar/exit-codes.js';
import { UsageError } from '../grammar/usage-error.js';
import { complain, show } from '../terminal/terminal.js';

export const run: Run = ({ operands, values }) => {
  if (values.isSet('stale') === operands.length > 0) {
    throw new UsageError('rm needs names, or --stale, and not both');
  }
  const status = values.isSet('stale') ? removeStale(values) : removeNamed(operands, values);
  return Promise.resolve(status);
};

/** Everything that no live process holds, and what is in it. */
function removeStale(values: Values): number {
  const dir = values.text('dir');
  if (values.isSet('dry-run')) {
    for (const status of list({ dir })) {
      if (status.writer.state !== 'open' && status.reader.state !== 'open') tell(status, values);
    }
  } else {
    for (const status of prune({ dir, includeUnread: true })) tell(status, values);
  }
  return ExitCode.Done;
}

function removeNamed(names: readonly string[], values: Values): number {
  let worst: number = ExitCode.Done;
  for (const name of names) {
    try {
      removeOne(name, values);
    } catch (error) {
      complain(`smipc: ${(error as Error).message}\n`);
      worst = statusOf(error);
    }
  }
  return worst;
}

function removeOne(name: string, values: Values): void {
  const dir = values.text('dir');
  const force = values.isSet('force');
  const status = seen(name, dir, force);
  if (!values.isSet('dry-run')) remove(name, { dir, force });
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

/** @throws if remove() would */
function checkFree({ name, writer, reader }: ChannelStatus): void {
  for (const [role, { state, pid }] of Object.entries({ writer, reader })) {
    if (state !== 'open') continue;
    const message = `channel "${name}" is held by process ${pid} as its ${role}: use --force`;
    throw Object.assign(new Error(message), { code: 'EBUSY', channel: name });
  }
}

/** What was removed, or would be. */
function tell(status: ChannelStatus | { name: string }, values: Values): void {
  show(values.isSet('json') ? `${JSON.stringify(status)}\n` : `${status.name}\n`);
}
