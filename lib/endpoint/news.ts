/** What an end has to tell whoever uses it: of its peer, and of others who wanted to be it. */

import { peerRoleOf } from '../environment/roles.js';
import type { Refusal } from '../inspection/refusal.js';
import type { ChannelStatus } from '../inspection/status.js';
import type { ChannelMode } from '../options/options.js';
import type { Departure, Takeover } from './resumption.js';

export interface News {
  /** The peer's role was taken over, or this end has taken over its own. */
  resumed(takeover: Takeover): void;
  /** The peer has gone without an end, perhaps before this end came, and is waited for. */
  disconnected(departure: Departure): void;
  /** An opener was turned away for what it wanted the channel to be. */
  refused(refusal: Refusal): void;
}

/** Is given one piece of news: calls `tell` with who is to hear it, now or later. */
export type NewsListener = (tell: (hearer: News) => void) => void;

/**
 * The departure of the owner of the peer's role that has this number; undefined: a successor has come
 * meanwhile, and it may be that one who has gone again.
 */
export function departureOf(
  status: ChannelStatus,
  mode: ChannelMode,
  generation: number,
  how: Departure['peer'],
  resumeTimeout: number | undefined,
): Departure | undefined {
  const role = peerRoleOf(mode);
  const { pid, takeovers } = status[role];
  if (takeovers !== generation - 1) return undefined;
  return {
    role,
    peer: how,
    ...(pid === undefined ? {} : { pid }),
    position: role === 'writer' ? status.bytesWritten : status.bytesRead,
    messages: (role === 'writer' ? status.messagesWritten : status.messagesRead) ?? 0,
    ...(resumeTimeout === undefined ? {} : { resumeTimeout }),
  };
}
