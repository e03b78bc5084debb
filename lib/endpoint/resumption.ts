/**
 * The peer of a resumable channel: whether it is away, how long to wait for its successor, and
 * whether a successor has come.
 */

import type { Addon, Handle } from '../environment/addon.js';
import { kTenureFields, unpack } from '../environment/contract.js';
import { peerRoleOf, type Role, roleOf } from '../environment/roles.js';
import type { PeerExit } from '../errors/errors.js';
import { clearTimeout, setTimeout } from '../host/host.js';
import type { Presence } from '../inspection/status.js';
import type { ChannelMode } from '../options/options.js';

/**
 * What the event `'resumed'` tells: a new owner took a role over from one that had left or died. If
 * several owners come and go before the peer notices, it is told of the last one only.
 */
export interface Takeover {
  /** Which role was taken over. */
  role: 'writer' | 'reader';
  /** Where the new owner goes on: in bytes since the channel was created. */
  position: number;
  /** The same in messages, or objects: how many went before. 0 in a channel of bytes. */
  messages: number;
  /** How often the role has been taken over so far, including this time and those not reported. */
  takeovers: number;
}

/**
 * What the event `'disconnect'` tells: the peer has left or died without an end, and its successor
 * is waited for.
 */
export interface Departure {
  /** Which role has lost its owner. */
  role: 'writer' | 'reader';
  /** How: a writer `'aborted'` (left without `end()`) or `'died'`; a reader `'closed'` or `'died'`. */
  peer: Exclude<PeerExit, 'ended'>;
  /** The id of the process that had the role, as its own PID namespace counts. */
  pid?: number;
  /** How far that owner came: in bytes written, or read, since the channel was created. */
  position: number;
  /** The same in messages, or objects. 0 in a channel of bytes. */
  messages: number;
  /** The option `resumeTimeout`, if it is set: for how many milliseconds its successor is waited for. */
  resumeTimeout?: number;
}

/** Has the owner left in a way that lets a successor follow? */
function isAway(peer: Presence): peer is Departure['peer'] {
  return peer === 'aborted' || peer === 'died' || peer === 'closed';
}

/**
 * When to check a peer that has died once more. The kernel tells of the death when one thread of
 * the process has ended. Another thread may still run for some microseconds, store that the stream
 * has ended, and be stopped before it can wake this end.
 */
const kSecondCheckMs = 100;

/** Where three of the fields are, which are read at each wake-up. */
const kPeerGeneration = kTenureFields.indexOf('peerGeneration');
const kPeerSince = kTenureFields.indexOf('peerSince');
const kPeerSinceMessages = kTenureFields.indexOf('peerSinceMessages');

export interface Hooks {
  /** The peer's state now. */
  peer(): Presence;
  onTakeover(takeover: Takeover): void;
  /** This owner of the peer's role has gone. Called once for each that was seen. */
  onDeparture(generation: number, how: Departure['peer']): void;
  /** Called when the state must be checked again. */
  onCheckDue(): void;
}

export class Resumption {
  readonly #addon: Addon;
  readonly #handle: Handle;
  readonly #timeout: number | undefined;
  readonly #hooks: Hooks;
  readonly #peerRole: Role;
  /** Filled and read within one call. */
  readonly #fields = new Float64Array(kTenureFields.length);
  /** Which owner of the peer's role was seen last; 0: none. */
  #generation: number;
  /** The last owner of the peer's role that had left before this end came; 0: none. */
  readonly #goneBefore: number;
  /** The last owner of the peer's role whose departure was reported; 0: none. */
  #departed = 0;
  #timer: NodeJS.Timeout | undefined;
  #secondCheck: NodeJS.Timeout | undefined;
  /**
   * When the wait for a successor is over, by the kernel's clock; undefined: no limit is running.
   */
  #deadline: number | undefined;
  #hasGivenUp = false;

  /** Where this end begins, in bytes since the channel was made. */
  readonly start: number;
  /** The position up to which the reader before this one had delivered messages. */
  readonly delivered: number;
  /** How this end came, if it took its role over. */
  readonly ownTakeover: Takeover | undefined;

  constructor(
    addon: Addon,
    handle: Handle,
    mode: ChannelMode,
    timeout: number | undefined,
    hooks: Hooks,
  ) {
    this.#addon = addon;
    this.#handle = handle;
    this.#timeout = timeout;
    this.#hooks = hooks;
    this.#peerRole = peerRoleOf(mode);
    addon.endpointTenures(handle, this.#fields);
    const { ownGeneration, position, messages, delivered, peerGeneration } = unpack(
      kTenureFields,
      this.#fields,
    );
    this.start = position;
    this.delivered = delivered;
    this.#generation = peerGeneration;
    this.#goneBefore = isAway(hooks.peer()) ? peerGeneration : Math.max(peerGeneration - 1, 0);
    if (ownGeneration > 1) {
      this.ownTakeover = { role: roleOf(mode), position, messages, takeovers: ownGeneration - 1 };
    }
  }

  /**
   * After how many milliseconds this end stopped waiting for a successor; undefined: it has not.
   */
  get givenUpAfter(): number | undefined {
    return this.#hasGivenUp ? this.#timeout : undefined;
  }

  /** Whether an owner of the peer's role has been there since this end came, however briefly. */
  get hasSeenPeer(): boolean {
    return this.#peerGeneration() > this.#goneBefore;
  }

  /** The option: for how many milliseconds a successor is waited for; undefined: for ever. */
  get timeout(): number | undefined {
    return this.#timeout;
  }

  /** Fills the fields, of which this is one. */
  #peerGeneration(): number {
    this.#addon.endpointTenures(this.#handle, this.#fields);
    return this.#fields[kPeerGeneration] as number;
  }

  /** After a wake-up: reports a successor, or a departure, and begins to wait for a successor. */
  checkPeer(): void {
    // An owner that comes between these two calls is found alive, and reported at its wake-up.
    const generation = this.#peerGeneration();
    const position = this.#fields[kPeerSince] as number;
    const messages = this.#fields[kPeerSinceMessages] as number;
    const peer = this.#hooks.peer();
    if (generation !== this.#generation) {
      // The first owner does not take anything over.
      const isTakeover = generation > 1;
      this.#generation = generation;
      this.#stopWaiting();
      if (isTakeover) {
        const takeovers = generation - 1;
        this.#hooks.onTakeover({ role: this.#peerRole, position, messages, takeovers });
      }
    }
    if (!isAway(peer)) {
      // Its generation may have been seen before, while it was still taking the role.
      this.#stopWaiting();
      return;
    }
    this.#secondCheck ??= setTimeout(this.#hooks.onCheckDue, kSecondCheckMs).unref();
    this.#beginWaiting();
    this.#noteDeparture(generation, peer);
  }

  /**
   * An owner that dies within its `end()` may be reported as dead before its end is seen, as long as
   * another of its threads runs: see kSecondCheckMs.
   */
  #noteDeparture(generation: number, how: Departure['peer']): void {
    // 0: it died while it took the role for the first time, and nobody has been there.
    if (generation === 0 || generation === this.#departed) return;
    this.#departed = generation;
    this.#hooks.onDeparture(generation, how);
  }

  /** For callers that block the event loop, in which no timer runs. */
  checkDeadline(): void {
    if (this.#deadline !== undefined && this.#addon.monotonicMs() >= this.#deadline) this.#giveUp();
  }

  /** The channel has been left. */
  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#secondCheck);
    this.#timer = undefined;
    this.#secondCheck = undefined;
    this.#deadline = undefined;
  }

  #beginWaiting(): void {
    if (this.#timeout === undefined || this.#hasGivenUp || this.#deadline !== undefined) return;
    this.#deadline = this.#addon.monotonicMs() + this.#timeout;
    // The calls that wait hold the event loop. The limit does not.
    this.#timer = setTimeout(() => this.#giveUp(), this.#timeout).unref();
  }

  #stopWaiting(): void {
    this.stop();
    if (!this.#hasGivenUp) return;
    this.#hasGivenUp = false;
    this.#addon.endpointAwaitNextPeer(this.#handle, true);
  }

  #giveUp(): void {
    clearTimeout(this.#timer);
    this.#deadline = undefined;
    if (isAway(this.#hooks.peer())) {
      this.#hasGivenUp = true;
      this.#addon.endpointAwaitNextPeer(this.#handle, false);
    }
    this.#hooks.onCheckDue();
  }
}
