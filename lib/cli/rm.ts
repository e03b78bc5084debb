/** `smipc rm`: removes channels. */
import { list, remove } from '../index.js';
import type { Run } from './command.js';
import { ExitCode } from './exit-codes.js';
import { complain, show } from './terminal.js';
import { UsageError } from './usage-error.js';

export const run: Run = ({ operands, values }) => {
  const isStale = values.isSet('stale');
  if (isStale === operands.length > 0) {
    throw new UsageError('rm needs names, or --stale, and not both');
  }
  const dir = values.text('dir');
  const names = isStale
    ? list({ dir })
        .filter(({ writer, reader }) => writer.state !== 'open' && reader.state !== 'open')
        .map(({ name }) => name)
    : operands;
  let status: number = ExitCode.Done;
  for (const name of names) {
    try {
      if (!values.isSet('dry-run')) remove(name, { dir, force: values.isSet('force') });
      show(values.isSet('json') ? `${JSON.stringify({ name })}\n` : `${name}\n`);
    } catch (error) {
      complain(`smipc: ${(error as Error).message}\n`);
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EBUSY') status = ExitCode.Busy;
      else status = code === 'ENOENT' ? ExitCode.NoChannel : ExitCode.Failed;
    }
  }
  return Promise.resolve(status);
};
