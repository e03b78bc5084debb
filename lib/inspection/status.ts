/** A channel's state as users see it. */
import type { CounterFields, SnapshotFields } from '../environment/addon.js';
import type { ChannelMode, Framing } from '../options/options.js';

/** `Presence` of native/platform/role.h, in its order. */
export const kPresences = ['absent', 'open', 'ended', 'aborted', 'closed', 'died'] as const;
export type Presence = (typeof kPresences)[number];

/** `Framing` of native/layout.h, in its order. */
export const kFramings: readonly Framing[] = ['bytes', 'messages', 'objects'];

/** What has become of one end of a channel. */
export interface EndStatus<State extends string> {
  state: State;
  /** The process that holds or held the role, as its own PID namespace counts. */
  pid?: number;
  /** Of a resumable channel: how often the role was taken over from an owner that had left. */
  takeovers?: number;
  /** Of a resumable channel: the position at which the role's last owner began. */
  since?: number;
}

/** What one end has done, since it was opened, to wait for its peer and to wake it. */
export interface ChannelCounters {
  /** Looking again (`busyPoll`) has brought what was waited for. */
  pollsHit: number;
  /** Looking again has not. (If it ended because another channel was to be served, it is in neither.) */
  pollsMissed: number;
  /** How often it went to sleep until the peer rings. */
  parks: number;
  /** The peer slept, and was woken: a system call each. */
  wakeUpsRung: number;
  /** Bytes were written or read, and nobody was to be woken. */
  wakeUpsSuppressed: number;
}

/** A channel at one moment. */
export interface ChannelStatus {
  name: string;
  /** The role of the end that was asked; null from `inspect()` and `list()`, which have none. */
  mode: ChannelMode | null;
  /** Size of the ring in bytes. */
  capacity: number;
  /** What the channel's header says about its bytes. */
  framing: Framing;
  /** Whether its roles can be taken over: the option `resume`. */
  resumable: boolean;
  /** Bytes written since the channel was made. */
  bytesWritten: number;
  /** Bytes read since the channel was made. */
  bytesRead: number;
  /** Bytes that are in the ring now. */
  used: number;
  writer: EndStatus<'absent' | 'open' | 'ended' | 'aborted' | 'died'>;
  /** `'ended'`, in a resumable channel: has read to the end. */
  reader: EndStatus<'absent' | 'open' | 'closed' | 'died' | 'ended'>;
  /** Of the end that was asked; not from `inspect()` and `list()`, which have none. */
  counters?: ChannelCounters;
}

type Tenure = Pick<EndStatus<string>, 'takeovers' | 'since'>;

/** Takes the fields of a native snapshot, in the order of Pack in native/node/binding.cc. */
export class SnapshotBuffer {
  readonly fields: SnapshotFields = new Float64Array(13);

  toStatus(name: string, mode: ChannelMode | null): ChannelStatus {
    const [capacity = 0, framing = 0, written = 0, read = 0, ...ends] = this.fields;
    const [writer = 0, writerPid = 0, reader = 0, readerPid = 0, resumable = 0, ...tenures] = ends;
    const [writers = 0, writerSince = 0, readers = 0, readerSince = 0] = tenures;
    const isResumable = resumable === 1;
    const tenure = (generation: number, since: number): Tenure =>
      isResumable && generation > 0 ? { takeovers: generation - 1, since } : {};
    return {
      name,
      mode,
      capacity,
      framing: kFramings[framing] ?? 'bytes',
      resumable: isResumable,
      bytesWritten: written,
      bytesRead: read,
      used: written - read,
      writer: {
        ...endStatus(writer, writerPid),
        ...tenure(writers, writerSince),
      } as ChannelStatus['writer'],
      reader: {
        ...endStatus(reader, readerPid),
        ...tenure(readers, readerSince),
      } as ChannelStatus['reader'],
    };
  }
}

/** Takes the fields of native counters, in the order of ChannelCounters in native/node/binding.cc. */
export function toCounters(fields: CounterFields): ChannelCounters {
  const [pollsHit = 0, pollsMissed = 0, parks = 0, wakeUpsRung = 0, wakeUpsSuppressed = 0] = fields;
  return { pollsHit, pollsMissed, parks, wakeUpsRung, wakeUpsSuppressed };
}

function endStatus(presence: number, pid: number): EndStatus<Presence> {
  const state = kPresences[presence] ?? 'died';
  return pid === 0 ? { state } : { state, pid };
}

/**
 * The status on one line, in the words of the first smipc: `RO`/`WO`, the reader or writer has come;
 * `RC`/`WC`, it has left; `bufSz`, capacity; `rc`/`wc`, bytes read and written.
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
