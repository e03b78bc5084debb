/** What `smipc top` knows: samples of the channels become rows, with rates and ages. */
import type { ChannelStatus } from '../../index.js';
import { type Change, Changes } from '../channels/changes.js';

/** One channel, between two samples. */
export interface Row extends Change {
  readonly status: ChannelStatus;
  /** Undefined: it has been sampled only once. */
  readonly rates: Rates | undefined;
  /** What the ends' processes run, as far as that could be seen while they held their roles. */
  readonly writerCommand: string | undefined;
  readonly readerCommand: string | undefined;
}

/** Of a second. In is what was written into the channel, out is what was read from it. */
export interface Rates {
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Undefined: the channel carries bytes. */
  readonly messagesIn: number | undefined;
  readonly messagesOut: number | undefined;
  /** How often each end was woken. */
  readonly writerWakeUps: number;
  readonly readerWakeUps: number;
}

/** Compares each sample with the one before. */
export class Sampler {
  readonly #commandOf: (pid: number) => string | undefined;
  readonly #changes = new Changes();
  #commands = new Map<number, string>();

  /** @param commandOf what a process runs; it is asked once for each */
  constructor(commandOf: (pid: number) => string | undefined) {
    this.#commandOf = commandOf;
  }

  /** @param now milliseconds of a clock that only goes forward */
  sample(statuses: readonly ChannelStatus[], now: number): Row[] {
    const from = this.#changes.lookedAt;
    const commands = new Map<number, string>();
    const rows = this.#changes.look(statuses, now).map(
      ({ status, before, unchangedMs, isChangeSeen }): Row => ({
        status,
        // A channel that was not there before has got all that is in it since.
        rates: from === undefined ? undefined : ratesOf(before, status, now - from),
        unchangedMs,
        isChangeSeen,
        writerCommand: this.#command(status.writer, commands),
        readerCommand: this.#command(status.reader, commands),
      }),
    );
    this.#commands = commands;
    return rows;
  }

  /**
   * Asked only of an owner that is there: the id of one that has gone may be another process's by
   * now. What it was is remembered as long as its id is shown.
   */
  #command(
    { pid, state }: ChannelStatus['writer' | 'reader'],
    commands: Map<number, string>,
  ): string | undefined {
    if (pid === undefined) return undefined;
    let command = commands.get(pid) ?? this.#commands.get(pid);
    if (command === undefined && state === 'open') command = this.#commandOf(pid) ?? kUnseen;
    if (command !== undefined) commands.set(pid, command);
    return command === kUnseen ? undefined : command;
  }
}

/** Asked for in vain. */
const kUnseen = '';

function ratesOf(before: ChannelStatus | undefined, now: ChannelStatus, ms: number): Rates {
  const rate = (value: number, from: number): number => (ms > 0 ? ((value - from) * 1000) / ms : 0);
  const messages = (value: number | undefined, from: number | undefined): number | undefined =>
    value === undefined ? undefined : rate(value, from ?? 0);
  return {
    bytesIn: rate(now.bytesWritten, before?.bytesWritten ?? 0),
    bytesOut: rate(now.bytesRead, before?.bytesRead ?? 0),
    messagesIn: messages(now.messagesWritten, before?.messagesWritten),
    messagesOut: messages(now.messagesRead, before?.messagesRead),
    writerWakeUps: rate(wakeUpsSince(before, now, 'writer'), 0),
    readerWakeUps: rate(wakeUpsSince(before, now, 'reader'), 0),
  };
}

/** They are counted in 32 bits. */
function wakeUpsSince(
  before: ChannelStatus | undefined,
  now: ChannelStatus,
  end: 'writer' | 'reader',
): number {
  return (now[end].wakeUps - (before?.[end].wakeUps ?? 0)) >>> 0;
}

/** Of both ends. Each costs its peer a system call. */
export function wakeUpsOf(rates: Rates | undefined): number | undefined {
  return rates === undefined ? undefined : rates.writerWakeUps + rates.readerWakeUps;
}

/** What rows can be sorted by, and how: the numbers from the largest on, the words from A on. */
const kValues = {
  in: ({ rates }: Row) => rates?.bytesIn ?? 0,
  out: ({ rates }: Row) => rates?.bytesOut ?? 0,
  'messages-in': ({ rates }: Row) => rates?.messagesIn ?? 0,
  'messages-out': ({ rates }: Row) => rates?.messagesOut ?? 0,
  'wake-ups': ({ rates }: Row) => wakeUpsOf(rates) ?? 0,
  fill: ({ status }: Row) => status.used / status.capacity,
  capacity: ({ status }: Row) => status.capacity,
  // What has stood still since before the first sample has done so for longer than all else.
  age: ({ unchangedMs, isChangeSeen }: Row) => (isChangeSeen ? unchangedMs : Infinity),
  writer: ({ status }: Row) => status.writer.state,
  reader: ({ status }: Row) => status.reader.state,
  name: ({ status }: Row) => status.name,
} as const satisfies Record<string, (row: Row) => number | string>;

export type SortKey = keyof typeof kValues;
export const kSortKeys = Object.keys(kValues) as SortKey[];

/** Those that are equal stand in the order of their names. */
export function sortRows(rows: readonly Row[], key: SortKey, isReversed: boolean): Row[] {
  const valueOf = kValues[key];
  const direction = isReversed ? -1 : 1;
  return [...rows].sort(
    (a, b) => direction * compare(valueOf(a), valueOf(b)) || compare(a.status.name, b.status.name),
  );
}

/** All values of a key are of one type. */
function compare(a: number | string, b: number | string): number {
  if (a === b) return 0;
  const isAfter = a > b;
  return isAfter === (typeof a === 'string') ? 1 : -1;
}

/** Those whose names contain a text, in large or small letters. */
export function filterRows(rows: readonly Row[], text: string): Row[] {
  const wanted = text.toLowerCase();
  return rows.filter(({ status }) => status.name.toLowerCase().includes(wanted));
}
