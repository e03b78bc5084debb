/** `smipc rm`: removes channels. */
import { type ChannelStatus, inspect, list, prune, remove } from '../index.js';
import type { Run, Values } from './command.js';
import { ExitCode } from './exit-codes.js';
import { complain, show } from './terminal.js';
import { UsageError } from './usage-error.js';

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
  const dir = values.text('dir');
  let worst: number = ExitCode.Done;
  for (const name of names) {
    try {
      const status = seen(name, values);
      if (!values.isSet('dry-run')) remove(name, { dir, force: values.isSet('force') });
      tell(status ?? { name }, values);
    } catch (error) {
      complain(`smipc: ${(error as Error).message}\n`);
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EBUSY') worst = ExitCode.Busy;
      else worst = code === 'ENOENT' ? ExitCode.NoChannel : ExitCode.Failed;
    }
  }
  return worst;
}

/** How it is before it is removed; undefined: it is damaged, which only --force removes. */
function seen(name: string, values: Values): ChannelStatus | undefined {
  try {
    return inspect(name, { dir: values.text('dir') });
  } catch (error) {
    if (values.isSet('force') && (error as NodeJS.ErrnoException).code !== 'ENOENT')
      return undefined;
    throw error;
  }
}

/** What was removed, or would be. */
function tell(status: ChannelStatus | { name: string }, values: Values): void {
  show(values.isSet('json') ? `${JSON.stringify(status)}\n` : `${status.name}\n`);
}
