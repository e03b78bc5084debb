/** News of openers that were turned away from a channel in which this process has a role. */
import type { Addon, Handle } from '../environment/addon.js';
import { kRefusalFields, unpack } from '../environment/contract.js';
import { type Refusal, toRefusal } from '../inspection/refusal.js';

/** Filled and read within one call. */
const kFields = new Float64Array(kRefusalFields.length);

/** The last opener that was turned away since the last call; undefined: there was none. */
export function takeRefusal(addon: Addon, handle: Handle): Refusal | undefined {
  if (!addon.endpointTakeRefusal(handle, kFields)) return undefined;
  const { pid, isWriter, framing, isResumable } = unpack(kRefusalFields, kFields);
  return toRefusal(pid, isWriter, framing, isResumable);
}
