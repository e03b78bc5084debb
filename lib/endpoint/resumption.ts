/**
 * The opposite end of a resumable channel: when it is away, how long it is waited for, and when the
 * next one has come.
 */

import type { Addon, Handle, TenureFields } from '../environment/addon.js';
import { clearTimeout, setTimeout, WeakRef } from '../host/host.js';
import type { Presence } from '../inspection/status.js';
import type { ChannelMode } from '../options/options.js';

/**
 * A role was taken over from an owner that had left or died. Of owners that come and go between two
 * looks of the opposite end, it hears of the last one only.
 */
export interface Takeover {
  /** Whose role. */
  role: 'writer' | 'reader';
  /** Where in the stream the new owner goes on: bytes since the channel was made. */
  position: number;
  /** How often the role has been taken over since the channel was made, this time and unheard ones included. */
  takeovers: number;
}

function roleOf(mode: ChannelMode): 'writer' | 'reader' {
  return mode === 'w' ? 'writer' : 'reader';
}

/** Has an owner left whom another may follow? */
function isAway(peer: Presence): boolean {
  return peer === 'aborted' || peer === 'died' || peer === 'closed';
}

/**
 * When to look once more at a peer that has died. The kernel tells of it when one thread of its process
 * has ended; another may still run for some microseconds, say that the stream has ended, and be stopped
 * before it can ring.
 */
const kSecondCheckMs = 100;

export interface Hooks {
  /** What has become of the opposite end, now? */
  peer(): Presence;
  onTakeover(takeover: Takeover): void;
  /** It is time to look again. */
  onCheckDue(): void;
}

export class Resumption {
  readonly #addon: Addon;
  readonly #handle: Handle;
  readonly #timeout: number | undefined;
  readonly #hooks: Hooks;
  readonly #peerRole: 'writer' | 'reader';
  readonly #fields: TenureFields = new Float64Array(5);
  /** Which owner of the opposite role was seen last; 0: none. */
  #generation: number;
  /** The last one that had gone before this end came; 0: none. */
  readonly #goneBefore: number;
  #timer: NodeJS.Timeout | undefined;
  #secondCheck: NodeJS.Timeout | undefined;
  /** When the wait for the next owner is over; undefined: none is waited for. */
  #deadline: number | undefined;
  #hasGivenUp = false;

  /** Where this end begins, in bytes since the channel was made. */
  readonly start: number;
  /** Up to where the reader before this one had handed out messages. */
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
    this.#peerRole = mode === 'w' ? 'reader' : 'writer';
    addon.channelTenures(handle, this.#fields);
    const [own = 0, start = 0, delivered = 0, peer = 0] = this.#fields;
    this.start = start;
    this.delivered = delivered;
    this.#generation = peer;
    this.#goneBefore = isAway(hooks.peer()) ? peer : Math.max(peer - 1, 0);
    if (own > 1) {
      this.ownTakeover = { role: roleOf(mode), position: start, takeovers: own - 1 };
    }
  }

  /** The opposite end is not waited for any more: after so many ms. undefined: it is. */
  get givenUpAfter(): number | undefined {
    return this.#hasGivenUp ? this.#timeout : undefined;
  }

  /** Has an owner of the opposite role been there since this end came, if only for a moment? */
  get hasSeenPeer(): boolean {
    this.#addon.channelTenures(this.#handle, this.#fields);
    const [, , , generation = 0] = this.#fields;
    return generation > this.#goneBefore;
  }

  /** After a wake-up: what has become of the opposite end? */
  checkPeer(): void {
    // An owner that comes in between is found alive then, and heard of when it rings.
    this.#addon.channelTenures(this.#handle, this.#fields);
    const peer = this.#hooks.peer();
    const [, , , generation = 0, position = 0] = this.#fields;
    if (generation !== this.#generation) {
      // The first owner does not take anything over.
      const isTakeover = generation > 1;
      this.#generation = generation;
      this.#stopWaiting();
      if (isTakeover) {
        this.#hooks.onTakeover({ role: this.#peerRole, position, takeovers: generation - 1 });
      }
    }
    if (!isAway(peer)) {
      // Its generation may have been seen before, when it was just coming.
      this.#stopWaiting();
      return;
    }
    this.#secondCheck ??= setTimeout(this.#hooks.onCheckDue, kSecondCheckMs).unref();
    this.#beginWaiting();
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
    // Whoever waits for the channel holds the event loop, or does not, and keeps it from being
    // collected; the limit does neither.
    const weak = new WeakRef(this);
    this.#timer = setTimeout(() => {
      const self = weak.deref();
      if (self !== undefined) self.#giveUp();
    }, this.#timeout).unref();
  }

  #stopWaiting(): void {
    this.stop();
    if (!this.#hasGivenUp) return;
    this.#hasGivenUp = false;
    this.#addon.channelAwaitNextPeer(this.#handle, true);
  }

  #giveUp(): void {
    clearTimeout(this.#timer);
    this.#deadline = undefined;
    if (isAway(this.#hooks.peer())) {
      this.#hasGivenUp = true;
      this.#addon.channelAwaitNextPeer(this.#handle, false);
    }
    this.#hooks.onCheckDue();
  }
}
