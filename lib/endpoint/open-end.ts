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
import type { MemoryShortage } from '../failures/memory-shortage.js';
import { inspectStatus } from '../inspection/status.js';
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
  status: number,
  details: Float64Array,
): SmipcError {
  const { directory, name: channel, capacity, permissions } = settings;
  const { systemError, holderPid: pid } = unpack(kDetailFields, details);
  return failure(status, {
    syscall: 'open',
    channel,
    systemError,
    pid,
    directory,
    wantedBytes: capacity,
    permissions,
    difference: status === Status.Incompatible ? differenceFrom(addon, settings) : undefined,
    shortage: systemError === constants.errno.ENOMEM ? readShortage(addon) : undefined,
  });
}

/**
 * In what a channel that is there differs from what was to be opened; undefined: it is no such
 * file.
 */
function differenceFrom(addon: Addon, settings: ChannelSettings): string | undefined {
  const { directory, name, permissions, framing, resume } = settings;
  const details = new Float64Array(kDetailFields.length);
  const there = inspectStatus(addon, directory, name, permissions, details);
  if (typeof there === 'number') return undefined;
  if (there.framing !== framing) {
    return `it carries ${there.framing}, but ${framing} were requested`;
  }
  if (there.resumable !== resume) {
    return `it was created with resume: ${there.resumable}, not ${resume}`;
  }
  return 'its owners hold their roles by means that this process does not have';
}

/** Asked for, since native results carry no texts; undefined: it was no such limit. */
function readShortage(addon: Addon): MemoryShortage | undefined {
  const figures = new Float64Array(2);
  const file = addon.memoryShortage(figures);
  const [limit = 0, used = 0] = figures;
  return file === '' ? undefined : { file, limit, used };
}
