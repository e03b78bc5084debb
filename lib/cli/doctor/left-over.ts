/** What processes that died have left in the directory. */
import type { ChannelStatus } from '../../index.js';
import { isHeld } from '../channels/holders.js';
import { formatSize } from '../grammar/quantities.js';
import { type Check, ok, type Scene, unknown, warning } from './check.js';
import { quoted } from './machine.js';

export const leftOver: Check = {
  id: 'left-over',
  async examine(scene) {
    const { channels } = await scene.trial();
    if (channels === undefined) return unknown('the trial ended before it looked');
    const spent = channels.filter(isSpent);
    const unread = channels.filter((status) => !isHeld(status) && !isSpent(status));
    const kept =
      unread.length === 0
        ? ''
        : `; ${countText(unread)}, no process holds, but ${unread.length === 1 ? 'it waits' : 'they wait'} for a reader or a successor`;
    if (spent.length === 0) return ok(`nothing is left over${kept}`);
    return warning(
      `${countText(spent)}, left by processes that died, are of no more use; smipc removes them by and by${kept}`,
      {
        advice: 'see what no process holds, and remove it; what waits for a reader would be lost',
        command: `smipc rm --stale --dry-run${dirOption(scene)}`,
      },
    );
  },
};

export const damaged: Check = {
  id: 'damaged',
  async examine(scene) {
    const { damaged: names } = await scene.trial();
    if (names === undefined) return unknown('the trial ended before it looked');
    if (names.length === 0) return ok('no channel is damaged');
    return warning(`damaged: ${names.join(', ')}`, {
      advice: 'remove what no program needs',
      command: `smipc rm --force${dirOption(scene)} ${names.map(quoted).join(' ')}`,
    });
  },
};

function dirOption({ directory, chosenBy }: Scene): string {
  return chosenBy === 'option' ? ` --dir ${quoted(directory)}` : '';
}

/** `3 channels, 1.00 MiB` */
function countText(statuses: readonly ChannelStatus[]): string {
  const bytes = statuses.reduce((sum, { capacity }) => sum + capacity, 0);
  return `${statuses.length} ${statuses.length === 1 ? 'channel' : 'channels'}, ${formatSize(bytes)}`;
}

/** What prune() removes: docs/status.md, "What is left behind". */
function isSpent(status: ChannelStatus): boolean {
  if (isHeld(status)) return false;
  const { writer, reader, bytesWritten, resumable } = status;
  if (resumable)
    return reader.state === 'ended' || (bytesWritten === 0 && writer.state !== 'ended');
  if (reader.state !== 'absent') return true;
  return writer.state === 'absent' || (bytesWritten === 0 && writer.state !== 'ended');
}
