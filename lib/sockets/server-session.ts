/** A server's side of a session: takes the connections that come in it. */
import { Arrival, kFramings } from '../environment/contract.js';
import { readyAddon } from '../environment/environment.js';
import type { Connection } from './connection.js';
import { type OpenedSession, Session } from './session.js';
import type { Terms } from './terms.js';

/** What a session asks of its server. */
export interface Host {
  /** A connection has come. */
  accept(connection: Connection): void;
  /** The session is over. */
  gone(session: ServerSession): void;
}

export class ServerSession extends Session {
  readonly #host: Host;
  #accepts = true;
  #isLost = false;

  private constructor(opened: OpenedSession, terms: Terms, host: Host) {
    super(opened, terms, false);
    this.#host = host;
  }

  /**
   * Takes the session of a client that has called.
   * @returns it, or a native result code
   */
  static take(
    session: number,
    terms: Terms,
    details: Float64Array,
    host: Host,
  ): ServerSession | number {
    const addon = readyAddon();
    const taken = Session.open(
      addon.sessionName(session),
      terms,
      (id, settings) => addon.sessionTake(id, settings, details),
      (opened) => new ServerSession(opened, terms, host),
    );
    if (typeof taken !== 'number') addon.sessionSetAccepts(taken.handle, true);
    return taken;
  }

  /** Takes no more connections. */
  stopAccepting(): void {
    this.#accepts = false;
    if (this.hasLeft) return;
    this.addon.sessionSetAccepts(this.handle, false);
    if (this.isIdle) this.leave();
  }

  protected override arrived(slot: number): void {
    const framing = kFramings.indexOf(this.terms.framing);
    if (this.addon.sessionAccept(this.handle, slot, framing) !== Arrival.Connection) return;
    // One that came before the client could know that there are no more to come.
    if (this.#accepts) {
      this.expectMore();
      this.#host.accept(this.join(slot));
    } else this.addon.sessionDrop(this.handle, slot);
  }

  protected override becameIdle(): void {
    if (this.#isLost || !this.#accepts) this.leave();
  }

  protected override lostPeer(): void {
    this.#isLost = true;
    if (this.isIdle) this.leave();
  }

  override leave(): void {
    if (this.hasLeft) return;
    super.leave();
    this.#host.gone(this);
  }
}
