/**
 * A client's side of a session: connecting, and the call to the server that goes before it. Nothing
 * is waited for: what is written before the server has taken the session is in the ring.
 */
import type { CallerHandle } from '../environment/addon.js';
import { kFramings, kPresences, Status } from '../environment/contract.js';
import { readyAddon, register, unregister } from '../environment/environment.js';
import { clearTimeout, nextTick, setTimeout } from '../host/host.js';
import type { Connection } from './connection.js';
import { type OpenedSession, Session } from './session.js';
import type { Terms } from './terms.js';

/** How long a session stays without connections, in milliseconds. */
const kIdleMs = 1000;

/** The call of a session whose server has not taken it yet. */
interface Call {
  readonly caller: CallerHandle;
  /** Of the caller. */
  readonly id: number;
  /** It is in the backlog. */
  isPosted: boolean;
}

export class ClientSession extends Session {
  /** What the server knows it by. */
  readonly #number: number;
  #call: Call | undefined;
  /** The call was given up before it came into the backlog. */
  #isUnheard = false;
  readonly #onPosted = new Set<(isPosted: boolean) => void>();
  readonly #onGone: (session: ClientSession) => void;
  #isGone = false;
  #idleTimer: NodeJS.Timeout | undefined;

  private constructor(
    opened: OpenedSession,
    number: number,
    terms: Terms,
    onGone: (session: ClientSession) => void,
  ) {
    super(opened, terms, true);
    this.#number = number;
    this.#onGone = onGone;
  }

  /**
   * Makes a session, which is to call.
   * @param onGone called once: nothing can be connected to in it any more
   * @returns it, or a native result code
   */
  static make(
    terms: Terms,
    details: Float64Array,
    onGone: (session: ClientSession) => void,
  ): ClientSession | number {
    const addon = readyAddon();
    const number = addon.newSessionId();
    return Session.open(
      addon.sessionName(number),
      terms,
      (id, settings) => addon.sessionMake(id, settings, details),
      (opened) => new ClientSession(opened, number, terms, onGone),
    );
  }

  /** Calls the server. Its caller is ours from now on. */
  call(caller: CallerHandle, id: number): void {
    this.#call = { caller, id, isPosted: false };
    register(id, { wake: () => this.#checkCall(), retired: () => {} });
    this.#post(this.#call);
  }

  /** Whether its call has come into the server's backlog. */
  get isPosted(): boolean {
    return this.#call === undefined ? !this.#isUnheard : this.#call.isPosted;
  }

  /** Calls `listener` later: the session is in the server's backlog now; or it will never be. */
  whenPosted(listener: (isPosted: boolean) => void): void {
    this.#onPosted.add(listener);
  }

  /** The connection in a slot, undefined if there is no free one, or a native result code. */
  connect(details: Float64Array): Connection | number | undefined {
    if (this.#isGone) return Status.Refused;
    const framing = kFramings.indexOf(this.terms.framing);
    const slot = this.addon.sessionConnect(this.handle, framing, details);
    if (slot < -1) return slot;
    if (slot === -1) return undefined;
    this.expectMore();
    return this.join(slot);
  }

  // --- the call ---------------------------------------------------------------------------------

  #post(call: Call): void {
    if (!this.addon.callerCall(call.caller, this.#number)) return;
    call.isPosted = true;
    this.#tellPosted(true);
  }

  #tellPosted(isPosted: boolean): void {
    for (const listener of this.#onPosted) nextTick(() => listener(isPosted));
    this.#onPosted.clear();
  }

  #checkCall(): void {
    const call = this.#call;
    if (call === undefined) return;
    if (this.peer !== 'absent') {
      this.#endCall(call);
      return;
    }
    const server = kPresences[this.addon.callerServer(call.caller)];
    if (!call.isPosted && server === 'open') this.#post(call);
    const isRefused = this.addon.callerWasRefused(call.caller, this.#number);
    if (server === 'open' && !isRefused) return;
    // It may have been taken just before.
    this.addon.callerTakeBack(call.caller, this.#number);
    if (this.peer === 'absent') this.addon.sessionGiveUp(this.handle, server === 'died');
    this.#endCall(call);
    this.wake();
  }

  #endCall({ id, isPosted }: Call): void {
    this.#call = undefined;
    unregister(id);
    this.addon.roleWaitStop(id);
    this.#isUnheard = !isPosted;
    this.#tellPosted(isPosted);
  }

  override wake(): void {
    this.#checkCall();
    super.wake();
  }

  // --- going ------------------------------------------------------------------------------------

  protected override arrived(): void {
    // The server has left the slot, and the native side has noted it.
  }

  protected override becameIdle(): void {
    if (this.#isGone) {
      this.leave();
      return;
    }
    // One timer, whatever comes and goes. It does not keep the event loop alive.
    this.#idleTimer ??= setTimeout(() => this.#leaveIfIdle(), kIdleMs).unref();
    this.#idleTimer.refresh();
  }

  #leaveIfIdle(): void {
    if (!this.isIdle) return;
    this.leave();
  }

  protected override lostPeer(): void {
    this.#go();
    if (this.isIdle) this.leave();
  }

  #go(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#onGone(this);
  }

  override leave(): void {
    // Nobody is to find a session that has left: it may not even have begun.
    this.#go();
    clearTimeout(this.#idleTimer);
    this.#idleTimer = undefined;
    if (this.#call !== undefined) {
      // The server cannot know of it, so nobody will take it: its file goes with it.
      if (!this.#call.isPosted) this.addon.sessionGiveUp(this.handle, false);
      this.#endCall(this.#call);
    }
    super.leave();
  }
}
