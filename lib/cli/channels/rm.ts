/** `smipc rm`: removes channels. */
import { type ChannelStatus, inspect, remove } from '../../index.js';
import type { Run, Values } from '../grammar/command.js';
import { errorText } from '../grammar/error-text.js';
import { ExitCode, statusOf } from '../grammar/exit-codes.js';
import { UsageError } from '../grammar/usage-error.js';
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
  let worst: number = ExitCode.Done;
  for (const name of names) {
    try {
      removeOne(name, values);
    } catch (error) {
      complain(`smipc: ${errorText(error)}\n`);
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
