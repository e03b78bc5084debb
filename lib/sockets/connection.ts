/** One side of a connection: its two ends in a slot of a session, and how they are woken. */
import { ReadEnd } from '../endpoint/read-end.js';
import { WriteEnd } from '../endpoint/write-end.js';
import type { Addon, SessionHandle } from '../environment/addon.js';
import { Status } from '../environment/contract.js';
import type { SmipcError } from '../errors/errors.js';
import { nextTick } from '../host/host.js';
import type { ChannelSettings } from '../options/options.js';
import type { Terms } from './terms.js';

/** What the session is told. */
interface Keeper {
  /** The peer was given something that it may answer: see Session. */
  expectMore(): void;
  /** Both ends have left, and the slot is given back. */
  left(slot: number): void;
}

export class Connection {
  readonly reader: ReadEnd;
  readonly writer: WriteEnd;
  readonly #keeper: Keeper;
  readonly #slot: number;
  #ends = 2;

  constructor(
    addon: Addon,
    session: SessionHandle,
    slot: number,
    terms: Terms,
    isClient: boolean,
    keeper: Keeper,
  ) {
    this.#keeper = keeper;
    this.#slot = slot;
    const { upCapacity, downCapacity } = terms;
    const role = (isWriter: boolean, onEndLeft: () => void) => ({
      addon,
      handle: addon.sessionEnd(session, slot, isWriter),
      id: 0,
      capacity: isClient === isWriter ? upCapacity : downCapacity,
      onLeft: onEndLeft,
    });
    this.reader = new ReadEnd(
      role(false, () => this.#noteLeft(this.reader)),
      endSettings(terms, 'r'),
    );
    this.writer = new WriteEnd(
      role(true, () => this.#noteLeft(this.writer)),
      endSettings(terms, 'w'),
    );
  }

  begin(): void {
    this.reader.begin();
    this.writer.begin();
  }

  /** Something was written, or its end was. */
  expectMore(): void {
    this.#keeper.expectMore();
  }

  /** The clean end of what is written here, unless that is over already. */
  end(): void {
    if (this.writer.state === 'open' && !this.writer.ended) this.writer.end();
  }

  /** That the peer has gone without an end, if it has. */
  resetError(): SmipcError | undefined {
    if (this.reader.state !== 'open') return undefined;
    const { peer } = this.reader;
    if (peer === 'died') return this.reader.failure(Status.PeerDied, 'read');
    if (peer === 'aborted') return this.reader.failure(Status.PeerAborted, 'read');
    return undefined;
  }

  /** The process of the peer. */
  get peerPid(): number | undefined {
    if (this.reader.state === 'open') return this.reader.status().writer.pid;
    return this.writer.state === 'open' ? this.writer.status().reader.pid : undefined;
  }

  /** Something has happened in the slot, or to the session's peer: both ends look. */
  wake(): void {
    // First what has come: a peer that has left may have written before.
    this.reader.wake();
    this.writer.wake();
  }

  /** The same; `hasChanged`: the peer's state has, and not only the positions. */
  wakeFor(hasChanged: boolean): void {
    this.reader.wake();
    if (hasChanged || this.writer.isExpected) this.writer.wake();
  }

  #noteLeft(end: ReadEnd | WriteEnd): void {
    // As of a channel: not before the call that leaves has returned.
    nextTick(() => end.retired());
    this.#ends--;
    if (this.#ends === 0) this.#keeper.left(this.#slot);
  }
}

/** An end of a connection as one of a channel that cannot be resumed. */
function endSettings<Mode extends 'r' | 'w'>(terms: Terms, mode: Mode): ChannelSettings<Mode> {
  const { name, directory, framing, permissions, busyPoll } = terms;
  return {
    name,
    mode,
    directory,
    framing,
    permissions,
    busyPoll,
    capacity: 0,
    create: 'never',
    wait: false,
    resume: false,
    resumeTimeout: undefined,
    signal: undefined,
  };
}
