/**
 * Since when nothing has moved in channels. A header has no times, since a store for each write would
 * cost something, so it takes two looks to tell: what was no change since the first look may be older.
 */
import type { ChannelStatus } from '../../index.js';
import { formatAge, formatAgeInWords } from '../grammar/quantities.js';

export interface Change {
  /** Since the last change of a position or an end that was seen. */
  readonly unchangedMs: number;
  /** False: there was no change since the first look, so it is older than `unchangedMs`. */
  readonly isChangeSeen: boolean;
}

/** What a look at a channel has shown. */
export interface Look extends Change {
  readonly status: ChannelStatus;
  /** At the look before; undefined: it was not there. */
  readonly before: ChannelStatus | undefined;
}

interface Known {
  readonly status: ChannelStatus;
  readonly changedAt: number;
  readonly isChangeSeen: boolean;
}

/** Compares each look with the one before. */
export class Changes {
  #known = new Map<string, Known>();
  /** Undefined: nothing was looked at. */
  #lookedAt: number | undefined;

  /**
   * All that there are now.
   * @param now milliseconds of a clock that only goes forward
   */
  look(statuses: readonly ChannelStatus[], now: number): Look[] {
    const isFirst = this.#lookedAt === undefined;
    const known = new Map<string, Known>();
    const looks = statuses.map((status): Look => {
      const last = this.#lastOf(status);
      const isChanged = last === undefined ? !isFirst : isMoved(last.status, status);
      const changedAt = isChanged ? now : (last?.changedAt ?? now);
      const isChangeSeen = isChanged || last?.isChangeSeen === true;
      known.set(status.name, { status, changedAt, isChangeSeen });
      return {
        status,
        before: last?.status,
        unchangedMs: Math.round(now - changedAt),
        isChangeSeen,
      };
    });
    this.#known = known;
    this.#lookedAt = now;
    return looks;
  }

  /** When it was looked the last time. */
  get lookedAt(): number | undefined {
    return this.#lookedAt;
  }

  /** Undefined: it is new, or another one of that name. */
  #lastOf(status: ChannelStatus): Known | undefined {
    const last = this.#known.get(status.name);
    return last === undefined || isReplaced(last.status, status) ? undefined : last;
  }
}

/** Positions only grow, and a role that is not resumable has one owner. */
export function isReplaced(before: ChannelStatus, now: ChannelStatus): boolean {
  const hasOtherOwner = (end: 'writer' | 'reader'): boolean =>
    !now.resumable && before[end].pid !== undefined && before[end].pid !== now[end].pid;
  return (
    now.bytesWritten < before.bytesWritten ||
    now.bytesRead < before.bytesRead ||
    now.capacity !== before.capacity ||
    now.framing !== before.framing ||
    now.resumable !== before.resumable ||
    hasOtherOwner('writer') ||
    hasOtherOwner('reader')
  );
}

/** Whether bytes went in or out, or an end came or went. */
export function isMoved(before: ChannelStatus, now: ChannelStatus): boolean {
  const isOtherEnd = (end: 'writer' | 'reader'): boolean =>
    before[end].state !== now[end].state ||
    before[end].pid !== now[end].pid ||
    before[end].takeovers !== now[end].takeovers;
  return (
    before.bytesWritten !== now.bytesWritten ||
    before.bytesRead !== now.bytesRead ||
    isOtherEnd('writer') ||
    isOtherEnd('reader')
  );
}

/** `12s`, `>3m`: of a table. */
export function ageText({ unchangedMs, isChangeSeen }: Change): string {
  return `${isChangeSeen ? '' : '>'}${formatAge(unchangedMs)}`;
}

/** A sentence. */
export function changeInWords({ unchangedMs, isChangeSeen }: Change): string {
  const age = formatAgeInWords(unchangedMs);
  if (!isChangeSeen) return `No change since this began, ${age} ago.`;
  return unchangedMs < 1000 ? 'Changed just now.' : `No change for ${age}.`;
}

/**
 * The status as one line of `--json`.
 * @param isWatched with the time of the look, and since when nothing has moved
 */
export function jsonLine({ status, unchangedMs, isChangeSeen }: Look, isWatched: boolean): string {
  const object = isWatched
    ? { time: new Date().toISOString(), ...status, unchangedMs, isChangeSeen }
    : status;
  return `${JSON.stringify(object)}\n`;
}
