/**
 * The connections between a client's environment and a server, on one of the two sides: which slot
 * has which, and how the session's wake-ups reach them. One wake-up is for all that became ready.
 */
import type { Addon, SessionHandle } from '../environment/addon.js';
import { kChangedBit, kMostConnections, kPresences, Rested } from '../environment/contract.js';
import { readyAddon, unregister, type Wakeable } from '../environment/environment.js';
import { afterLoopTurn, afterTicks, now, throwLater } from '../host/host.js';
import type { Presence } from '../inspection/status.js';
import { Connection } from './connection.js';
import { type OpenCall, openRole } from './open-role.js';
import type { Terms } from './terms.js';

/** How long connections are served before the event loop has its turn, in milliseconds. */
const kMostMs = 2;

/**
 * A program that is given something often answers, be it later: then polling before it has is in vain,
 * and keeps it from answering. One that does not answer for so many times only reads.
 */
const kPatience = 64;

/** Filled and copied within one call. */
const kSlots = new Uint32Array(kMostConnections);

/** What a session's object is made of. */
export interface OpenedSession {
  readonly addon: Addon;
  readonly handle: SessionHandle;
  /** Under which wake-ups reach it. */
  readonly id: number;
}

export abstract class Session implements Wakeable {
  protected readonly addon: Addon;
  protected readonly handle: SessionHandle;
  readonly terms: Terms;
  readonly #id: number;
  readonly #isClient: boolean;
  readonly #connections = new Map<number, Connection>();
  #isServing = false;
  /** Since the last look, while it served. */
  #isWokenAgain = false;
  /** When the event loop is to have its turn. */
  #turnEnd = 0;
  /** How often something was expected. */
  #expected = 0;
  /** The same when something came last. */
  #expectedBefore = 0;
  /** For how many times that something comes, and nothing is expected then, the program is waited for. */
  #patience = kPatience;
  #hasLeft = false;
  /** Its peer is gone, and all connections know. */
  #isLost = false;

  constructor({ addon, handle, id }: OpenedSession, terms: Terms, isClient: boolean) {
    this.addon = addon;
    this.handle = handle;
    this.#id = id;
    this.terms = terms;
    this.#isClient = isClient;
  }

  /**
   * Opens a session, and makes the object for it.
   * @returns it, or a native result code
   */
  static open<Opened extends Session>(
    fileName: string,
    terms: Terms,
    open: OpenCall<SessionHandle>,
    make: (opened: OpenedSession) => Opened,
  ): Opened | number {
    return openRole(fileName, terms, 'never', open, (handle, id) =>
      make({ addon: readyAddon(), handle, id }),
    );
  }

  get isIdle(): boolean {
    return this.#connections.size === 0;
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  get peer(): Presence {
    return kPresences[this.addon.sessionPeer(this.handle)] ?? 'died';
  }

  /** Something has happened in a slot that has no connection here. */
  protected abstract arrived(slot: number): void;
  /** The last connection has gone. */
  protected abstract becameIdle(): void;
  /** The session's peer has left or died; connections have been woken. */
  protected abstract lostPeer(): void;

  /** The connection in a slot that is taken. */
  protected join(slot: number): Connection {
    const { addon, handle, terms } = this;
    const connection = new Connection(addon, handle, slot, terms, this.#isClient, this);
    this.#connections.set(slot, connection);
    connection.begin();
    return connection;
  }

  /** @internal A connection has left its slot. */
  left(slot: number): void {
    this.#expected++;
    this.#connections.delete(slot);
    if (this.#connections.size === 0 && !this.#hasLeft) this.becameIdle();
  }

  // --- waking -----------------------------------------------------------------------------------

  wake(): void {
    if (this.#isServing) {
      // Perhaps for its peer, which was looked at just before.
      this.#isWokenAgain = true;
      return;
    }
    this.#isServing = true;
    this.#turnEnd = now() + kMostMs;
    this.#serve();
  }

  /**
   * @internal Something will come soon: the peer's answer to what it was given, or what a connection
   * begins with. So the session polls when the program has had its turn.
   */
  expectMore(): void {
    this.#expected++;
    if (this.#isServing) return;
    this.#isServing = true;
    this.#isWokenAgain = false;
    this.#turnEnd = now() + kMostMs;
    afterTicks(this.#rest);
  }

  /**
   * Each connection that is ready, once. What comes next is often the answer to what the program is
   * about to write, so it has its ticks and microtasks before the session polls, and rests.
   */
  #serve(): void {
    this.#isWokenAgain = false;
    this.#wakeReady();
    this.#checkPeer();
    afterTicks(this.#rest);
  }

  #wakeReady(): void {
    const count = this.#hasLeft ? 0 : this.addon.sessionTakeReady(this.handle, kSlots);
    if (count > 0) this.#noteTaken();
    if (count === 1) {
      this.#wakeSlot(kSlots[0] as number);
    } else if (count > 1) {
      for (const slot of kSlots.slice(0, count)) this.#wakeSlot(slot);
    }
  }

  #noteTaken(): void {
    if (this.#expected !== this.#expectedBefore) this.#patience = kPatience;
    else if (this.#patience > 0) this.#patience--;
    this.#expectedBefore = this.#expected;
  }

  readonly #rest = (): void => {
    const rested = this.#tryToRest();
    if (rested === Rested.Yes) {
      this.#isServing = false;
    } else if (rested === Rested.NotYet) {
      // What the program is about to write may need some turns of the loop.
      this.#afterLoopTurn(this.#rest);
    } else if (now() < this.#turnEnd) {
      this.#serve();
    } else {
      this.#afterLoopTurn(() => this.#serve());
    }
  };

  #afterLoopTurn(goOn: () => void): void {
    afterLoopTurn(() => {
      this.#turnEnd = now() + kMostMs;
      goOn();
    });
  }

  #tryToRest(): number {
    if (this.#hasLeft) return Rested.Yes;
    if (this.#isWokenAgain) return Rested.Not;
    const polls = this.#expected !== this.#expectedBefore || this.#patience === 0;
    return this.addon.sessionRest(this.handle, polls);
  }

  #wakeSlot(ready: number): void {
    const hasChanged = ready >= kChangedBit;
    const slot = hasChanged ? ready - kChangedBit : ready;
    const connection = this.#connections.get(slot);
    if (connection !== undefined) {
      connection.wakeFor(hasChanged);
      return;
    }
    try {
      this.arrived(slot);
    } catch (error) {
      // A listener of the program's. That must not cost the others their wake-up.
      throwLater(error);
    }
  }

  #checkPeer(): void {
    if (this.#isLost || this.#hasLeft) return;
    const { peer } = this;
    if (peer === 'open' || peer === 'absent') return;
    this.#isLost = true;
    // It may have connected just before it went, since the last look. Nothing comes after this one.
    this.#wakeReady();
    for (const connection of [...this.#connections.values()]) connection.wake();
    this.lostPeer();
  }

  // --- leaving ----------------------------------------------------------------------------------

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.addon.sessionLeave(this.handle);
  }

  retired(): void {
    unregister(this.#id);
  }
}
