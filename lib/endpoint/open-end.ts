/** Taking a role in a channel: what makes a ReadEnd or a WriteEnd. */
import { constants } from 'node:os';
import type { Addon, OpenSettings, TakenRole } from '../environment/addon.js';
import { kCreateModes, kDetailFields, kFramings, Status, unpack } from '../environment/contract.js';
import {
  acquireBell,
  newId,
  readyAddon,
  register,
  releaseBell,
} from '../environment/environment.js';
import type { SmipcError } from '../errors/errors.js';
import { failure } from '../failures/failures.js';
import type { Mismatch, Owner } from '../failures/incompatible.js';
import type { MemoryShortage } from '../failures/memory-shortage.js';
import { type ChannelStatus, inspectStatus } from '../inspection/status.js';
import type { ChannelMode, ChannelSettings } from '../options/options.js';
import { ReadEnd } from './read-end.js';
import { WriteEnd } from './write-end.js';

/** The end that a mode stands for. */
export type EndOf<Mode extends ChannelMode> = Mode extends 'r' ? ReadEnd : WriteEnd;

/**
 * Opens a channel and takes its role, now or not at all.
 * @throws SmipcError with syscall `open`.
 */
export function openEnd<Mode extends ChannelMode>(settings: ChannelSettings<Mode>): EndOf<Mode> {
  const addon = readyAddon();
  const id = newId();
  const details = new Float64Array(kDetailFields.length);
  const bell = acquireBell(settings);
  const handle = addon.endpointOpen(id, openSettings(settings), details);
  if (typeof handle === 'number') {
    if (bell !== undefined) releaseBell(bell);
    throw openFailure(addon, settings, handle, details);
  }
  const { capacity } = unpack(kDetailFields, details);
  const role: TakenRole = { addon, handle, id, capacity };
  let end: ReadEnd | WriteEnd;
  try {
    end = settings.mode === 'r' ? new ReadEnd(role, settings) : new WriteEnd(role, settings);
    register(id, end, bell);
  } catch (error) {
    // Memory was missing.
    addon.endpointLeave(handle);
    if (bell !== undefined) releaseBell(bell);
    throw error;
  }
  end.begin();
  return end as EndOf<Mode>;
}

function openSettings(settings: ChannelSettings): OpenSettings {
  const { directory, name, mode, create, capacity, framing, permissions } = settings;
  return {
    directory,
    name,
    isWriter: mode === 'w',
    create: kCreateModes.indexOf(create),
    capacity,
    framing: kFramings.indexOf(framing),
    permissions,
    busyPollUs: settings.busyPoll,
    isResumable: settings.resume,
  };
}

function openFailure(
  addon: Addon,
  settings: ChannelSettings,
  result: number,
  details: Float64Array,
): SmipcError {
  const { directory, name: channel, capacity, permissions } = settings;
  const { systemError, holderPid } = unpack(kDetailFields, details);
  // A server has the role of its name's reader, which will never be free for a channel.
  const isServers =
    result === Status.Busy && whatIsThere(addon, settings)?.framing === 'connections';
  const status = isServers ? Status.Incompatible : result;
  const there = status === Status.Incompatible ? whatIsThere(addon, settings) : undefined;
  return failure(status, {
    syscall: 'open',
    channel,
    systemError,
    pid: there === undefined ? holderPid : ownerOf(there)?.pid,
    directory,
    wantedBytes: capacity,
    permissions,
    mismatch: there === undefined ? undefined : mismatchOf(there, settings),
    shortage: systemError === constants.errno.ENOMEM ? readShortage(addon) : undefined,
  });
}

/** The channel that is there; undefined: what is there is none that this version can open. */
function whatIsThere(addon: Addon, settings: ChannelSettings): ChannelStatus | undefined {
  const { directory, name, permissions } = settings;
  const details = new Float64Array(kDetailFields.length);
  const there = inspectStatus(addon, directory, name, permissions, details);
  return typeof there === 'number' ? undefined : there;
}

/** Who has a channel open, or, if nobody has, who had it. The opener's own role is not held. */
function ownerOf(there: ChannelStatus): Owner | undefined {
  const owners = (['writer', 'reader'] as const).flatMap((role) => {
    const { pid, state } = there[role];
    return pid === undefined ? [] : [{ role, pid, isOpen: state === 'open' }];
  });
  return owners.find(({ isOpen }) => isOpen) ?? owners[0];
}

function mismatchOf(there: ChannelStatus, { framing, resume }: ChannelSettings): Mismatch {
  return {
    there: { framing: there.framing, resume: there.resumable },
    wanted: { framing, resume },
    owner: ownerOf(there),
  };
}

/** Asked for, since native results carry no texts; undefined: it was no such limit. */
function readShortage(addon: Addon): MemoryShortage | undefined {
  const figures = new Float64Array(2);
  const file = addon.memoryShortage(figures);
  const [limit = 0, used = 0] = figures;
  return file === '' ? undefined : { file, limit, used };
}
