/** Who holds a channel. */
import type { ChannelStatus } from '../../index.js';

/** Whether a live process holds a role. */
export function isHeld({ writer, reader }: ChannelStatus): boolean {
  return writer.state === 'open' || reader.state === 'open';
}

/**
 * The processes that hold a role, the writer's first; one that holds both is there once. A process
 * that has gone may have left its id to another one.
 */
export function holderPids({ writer, reader }: ChannelStatus): number[] {
  const pids = [writer, reader].flatMap(({ state, pid }) =>
    state === 'open' && pid !== undefined ? [pid] : [],
  );
  return [...new Set(pids)];
}
