/** News of openers that were turned away from a channel in which this process has a role. */
import type { Addon, Handle } from '../environment/addon.js';
import { kFramings, kRefusalFields, unpack } from '../environment/contract.js';
import type { Framing } from '../options/options.js';

/**
 * What the event `'refused'` tells: another process, or this one, tried to open the channel with
 * another framing or another `resume`, and got `ERR_SMIPC_INCOMPATIBLE`.
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

/** Filled and read within one call. */
const kFields = new Float64Array(kRefusalFields.length);

/** The last opener that was turned away since the last call; undefined: there was none. */
export function takeRefusal(addon: Addon, handle: Handle): Refusal | undefined {
  if (!addon.endpointTakeRefusal(handle, kFields)) return undefined;
  const { pid, isWriter, framing, isResumable } = unpack(kRefusalFields, kFields);
  return {
    role: isWriter === 1 ? 'writer' : 'reader',
    framing: kFramings[framing] ?? 'bytes',
    resume: isResumable === 1,
    pid,
  };
}
