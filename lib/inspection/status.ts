/** A channel's state as users see it. */
import type { Addon, Handle } from '../environment/addon.js';
import {
  kCounterFields,
  kFramings,
  kPresences,
  kSnapshotFields,
  Status,
  unpack,
} from '../environment/contract.js';
import type { ChannelMode, Framing } from '../options/options.js';
import { type Refusal, toRefusal } from './refusal.js';

export type Presence = (typeof kPresences)[number];

/** Whether one end of a channel is there, and how it left. */
export interface EndStatus<State extends string> {
  /**
   * `'absent'`: no owner has come yet. `'open'`: an owner holds the role. Otherwise, how it left.
   */
  state: State;
  /** The id of the process that holds or held the role, as its own PID namespace counts. */
  pid?: number;
  /**
   * Only of an owner that is there: whether it sleeps until its peer wakes it: a writer, until there
   * is space; a reader, until there are bytes. False: it has enough to do, or nothing is asked of it.
   */
  sleeping?: boolean;
  /**
   * How often it was woken since the channel was made: by its peer, while it slept, and whenever the
   * peer's role was taken or left. Begins again at 0 after 2^32 - 1.
   */
  wakeUps: number;
  /**
   * True of an owner that is there and in the middle of a message: of the writer only a part is in
   * the ring yet, or of the reader only a part is out of it. Otherwise missing.
   */
  withinMessage?: true;
  /** Only of a resumable channel: how often the role was taken over from an owner that had left. */
  takeovers?: number;
  /** Only of a resumable channel: the position, in bytes, at which the role's last owner began. */
  since?: number;
}

/** How often one end, since it was opened, has waited for its peer and woken it. */
export interface ChannelCounters {
  /** How often polling (`busyPoll`) found what was waited for, and saved a sleep. */
  pollsHit: number;
  /** How often polling found nothing. (Polling cut short for another channel counts as neither.) */
  pollsMissed: number;
  /** How often this end went to sleep until its peer woke it. */
  parks: number;
  /** How often this end woke its sleeping peer, which takes a system call each time. */
  wakeUpsRung: number;
  /** How often this end wrote or read bytes without having to wake its peer. */
  wakeUpsSuppressed: number;
}

/** The state of a channel at one moment. */
export interface ChannelStatus {
  /** The channel's name. */
  name: string;
  /** The absolute path of the directory that the channel is in. */
  directory: string;
  /** Which end reports it; null from `inspect()` and `list()`, which are no end. */
  mode: ChannelMode | null;
  /** Size of the ring in bytes. */
  capacity: number;
  /**
   * What the channel carries: bytes, messages of raw bytes, or objects. `'connections'`: it is no
   * channel, but the name of a server (`smipc/net`), who is the reader.
   */
  framing: Framing | 'connections';
  /** Whether the channel was created with the option `resume`. */
  resumable: boolean;
  /** Bytes written since the channel was created. */
  bytesWritten: number;
  /** Bytes read since the channel was created. */
  bytesRead: number;
  /** Bytes written but not read yet: what is in the ring now. */
  used: number;
  /** Of a channel of messages or objects: how many were written since it was created. */
  messagesWritten?: number;
  /** Of a channel of messages or objects: how many were taken out of the ring. */
  messagesRead?: number;
  /** The writer's end. */
  writer: EndStatus<'absent' | 'open' | 'ended' | 'aborted' | 'died'>;
  /** The reader's end. `'ended'`, only in a resumable channel: it has read to the end. */
  reader: EndStatus<'absent' | 'open' | 'closed' | 'died' | 'ended'>;
  /**
   * The last opener that was turned away because it wanted another framing or another `resume`;
   * missing if there was none, or if the role that it wanted has been taken since.
   */
  refused?: Refusal;
  /** Waits and wake-ups of the end that reports them; missing from `inspect()` and `list()`. */
  counters?: ChannelCounters;
}

/** Where a channel is. */
export interface Place {
  readonly directory: string;
  readonly name: string;
}

type Tenure = Pick<EndStatus<string>, 'takeovers' | 'since'>;

/** The status of an open channel, with counters; a native result code if it cannot be taken. */
export function takeStatus(
  addon: Addon,
  handle: Handle,
  { directory, name, mode }: Place & { mode: ChannelMode },
): ChannelStatus | number {
  const snapshot = new Float64Array(kSnapshotFields.length);
  const result = addon.endpointStatus(handle, snapshot);
  if (result !== Status.Ok) return result;
  const counters = new Float64Array(kCounterFields.length);
  addon.endpointCounters(handle, counters);
  const status = toStatus(snapshot, { directory, name }, mode);
  return { ...status, counters: unpack(kCounterFields, counters) };
}

/** A channel as it is seen from outside. */
export interface Sight {
  status: ChannelStatus;
  /** It is of no more use to anyone: every opener replaces it. */
  isSpent: boolean;
  /** Which file it is, if the name is given to one after the other. */
  fileNumber: number;
}

/** Looks at a channel in which this process has no role; a native result code if there is none. */
export function sightOf(
  addon: Addon,
  { directory, name }: Place,
  permissions: number,
  details: Float64Array,
): Sight | number {
  const snapshot = new Float64Array(kSnapshotFields.length);
  const result = addon.inspect(directory, name, permissions, snapshot, details);
  if (result !== Status.Ok) return result;
  const { isSpent, fileNumber } = unpack(kSnapshotFields, snapshot);
  const status = toStatus(snapshot, { directory, name }, null);
  return { status, isSpent: isSpent === 1, fileNumber };
}

/** The status of such a channel; a native result code if there is none. */
export function inspectStatus(
  addon: Addon,
  directory: string,
  name: string,
  permissions: number,
  details: Float64Array,
): ChannelStatus | number {
  const seen = sightOf(addon, { directory, name }, permissions, details);
  return typeof seen === 'number' ? seen : seen.status;
}

/** What a native call has filled in of a channel. */
export function toStatus(
  snapshot: Float64Array,
  { directory, name }: Place,
  mode: ChannelMode | null,
): ChannelStatus {
  const fields = unpack(kSnapshotFields, snapshot);
  const { capacity, bytesWritten, bytesRead, messagesWritten, messagesRead } = fields;
  const framing = (kFramings[fields.framing] ?? 'bytes') as ChannelStatus['framing'];
  const resumable = fields.isResumable === 1;
  const tenure = (generation: number, since: number): Tenure =>
    resumable && generation > 0 ? { takeovers: generation - 1, since } : {};
  return {
    name,
    directory,
    mode,
    capacity,
    framing,
    resumable,
    bytesWritten,
    bytesRead,
    used: bytesWritten - bytesRead,
    ...(framing === 'bytes' ? {} : { messagesWritten, messagesRead }),
    writer: {
      ...endStatus({
        presence: fields.writer,
        pid: fields.writerPid,
        sleeps: fields.writerSleeps,
        wakeUps: fields.writerWakeUps,
        isWithinMessage: fields.writerIsWithinMessage,
      }),
      ...tenure(fields.writerGeneration, fields.writerSince),
    } as ChannelStatus['writer'],
    reader: {
      ...endStatus({
        presence: fields.reader,
        pid: fields.readerPid,
        sleeps: fields.readerSleeps,
        wakeUps: fields.readerWakeUps,
        isWithinMessage: fields.readerIsWithinMessage,
      }),
      ...tenure(fields.readerGeneration, fields.readerSince),
    } as ChannelStatus['reader'],
    ...standingRefusal(fields),
  };
}

function standingRefusal(
  fields: Record<(typeof kSnapshotFields)[number], number>,
): Pick<ChannelStatus, 'refused'> {
  const { refusedPid, refusedIsWriter, refusedFraming, refusedIsResumable } = fields;
  if (refusedPid === 0) return {};
  return { refused: toRefusal(refusedPid, refusedIsWriter, refusedFraming, refusedIsResumable) };
}

/** One end, in the numbers of the native code. */
interface EndFields {
  presence: number;
  pid: number;
  sleeps: number;
  wakeUps: number;
  isWithinMessage: number;
}

function endStatus(fields: EndFields): EndStatus<Presence> {
  const { presence, pid, sleeps, wakeUps, isWithinMessage } = fields;
  const state = kPresences[presence] ?? 'died';
  return {
    state,
    ...(pid === 0 ? {} : { pid }),
    ...(state === 'open' ? { sleeping: sleeps === 1 } : {}),
    wakeUps,
    ...(state === 'open' && isWithinMessage === 1 ? { withinMessage: true } : {}),
  };
}

/**
 * A status as one line of text, in the form of the first smipc. `RO`, `WO`: 1 if a reader, a writer
 * has come. `RC`, `WC`: 1 if it has left. `bufSz`: the capacity in bytes. `rc`, `wc`: bytes read,
 * written. `state`: whether the ring is `empty`, `normal` or `full`.
 */
export function formatStatus(status: ChannelStatus): string {
  const { writer, reader, used, capacity } = status;
  const bit = (isSet: boolean): number => (isSet ? 1 : 0);
  const hasCome = ({ state }: EndStatus<string>): number => bit(state !== 'absent');
  const hasLeft = ({ state }: EndStatus<string>): number =>
    bit(!['absent', 'open'].includes(state));
  const fill = used === 0 ? 'empty' : used === capacity ? 'full' : 'normal';
  return (
    `${status.name}: mode=${status.mode ?? '-'} RO=${hasCome(reader)} WO=${hasCome(writer)}` +
    ` RC=${hasLeft(reader)} WC=${hasLeft(writer)} bufSz=${capacity}` +
    ` rc=${status.bytesRead} wc=${status.bytesWritten} state=${fill}`
  );
}
