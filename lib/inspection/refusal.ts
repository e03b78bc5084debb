/** An opener that was turned away from a channel, as users see it. */
import { kFramings } from '../environment/contract.js';
import type { Framing } from '../options/options.js';

/**
 * What the event `'refused'` tells, and a status: another process, or this one, tried to open the
 * channel with another framing or another `resume`, and got `ERR_SMIPC_INCOMPATIBLE`.
 */
export interface Refusal {
  /** Which role it wanted. */
  role: 'writer' | 'reader';
  /** The framing that it wanted. */
  framing: Framing;
  /**
   * Whether it wanted `resume`. If this and the framing are those of the channel, its process cannot
   * hold roles as the channel's owners do.
   */
  resume: boolean;
  /** The id of its process, as its own PID namespace counts. */
  pid: number;
}

/** From what a native call has filled in. */
export function toRefusal(
  pid: number,
  isWriter: number,
  framing: number,
  isResumable: number,
): Refusal {
  return {
    role: isWriter === 1 ? 'writer' : 'reader',
    framing: (kFramings[framing] ?? 'bytes') as Framing,
    resume: isResumable === 1,
    pid,
  };
}

/** Who was turned away from a channel that is like this, and why, as a clause. */
export function refusalInWords(
  { framing, resume, pid }: Refusal,
  there: { framing: Framing | 'connections'; resumable: boolean },
): string {
  const wishes = [
    ...(framing === there.framing ? [] : [framing]),
    ...(resume === there.resumable ? [] : [`\`resume: ${resume}\``]),
  ];
  return wishes.length === 0
    ? `process ${pid}, which cannot hold roles as those here are held, was turned away`
    : `process ${pid} wanted ${wishes.join(' and ')}, and was turned away`;
}
