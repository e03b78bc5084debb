/** Taking a role for sockets: a listener's, or that of one side of a session. */
import type { ConnectionSettings } from '../environment/addon.js';
import { kFramings } from '../environment/contract.js';
import {
  acquireBell,
  newId,
  register,
  releaseBell,
  type Wakeable,
} from '../environment/environment.js';
import type { Terms } from './terms.js';

/** One of the addon's calls: listenerOpen(), sessionMake(), sessionTake(). */
export type OpenCall<Handle> = (id: number, settings: ConnectionSettings) => Handle | number;

/**
 * Takes a role in the file of that name, and makes the object that its wake-ups reach.
 * @param create whether the directory may be made
 * @returns the object, or a native result code
 */
export function openRole<Handle extends object, Opened extends Wakeable>(
  fileName: string,
  terms: Terms,
  create: 'auto' | 'never',
  open: OpenCall<Handle>,
  make: (handle: Handle, id: number) => Opened,
): Opened | number {
  const { directory, permissions, busyPoll, framing, upCapacity, downCapacity } = terms;
  const bell = acquireBell({ directory, permissions, create });
  const id = newId();
  const handle = open(id, {
    directory,
    name: fileName,
    permissions,
    busyPollUs: busyPoll,
    framing: kFramings.indexOf(framing),
    upCapacity,
    downCapacity,
  });
  if (typeof handle === 'number') {
    if (bell !== undefined) releaseBell(bell);
    return handle;
  }
  const opened = make(handle, id);
  register(id, opened, bell);
  return opened;
}
