/**
 * One side of a stream: its end of a channel, from the opening to the close, and its peer. It knows
 * no class of Node's, so that a Readable, a Writable, or a Duplex of two sides can be made of it.
 */
import { Channel } from '../channel/channel.js';
import type { Endpoint } from '../endpoint/endpoint.js';
import type { News } from '../endpoint/news.js';
import type { EndOf } from '../endpoint/open-end.js';
import type { Opener } from '../endpoint/opening.js';
import { nextTick } from '../host/host.js';
import { type ChannelMode, readWaitOptions, type WaitOptions } from '../options/options.js';
import { Outcome } from './outcome.js';
import { PendingOpening } from './pending-opening.js';

/** What a side needs of the stream that is made of it. */
export interface SideOwner extends News {
  /** Whether the stream has been destroyed. Then it is told nothing more. */
  readonly isDestroyed: boolean;
  /** The role was taken later than in the constructor, and the stream can be used from now on. */
  constructed(): void;
  /** The role is taken. Called once. */
  opened(): void;
  /** The peer is there, or has been. Called once. */
  connected(): void;
}

export abstract class Side<Mode extends ChannelMode, Owner extends SideOwner> {
  readonly name: string;
  #end: EndOf<Mode> | undefined;
  /** Only if the role could not be taken in the constructor. */
  readonly #pending: PendingOpening<Mode> | undefined;
  /** Made when it is needed first. */
  #channel: Channel | undefined;
  #owner: Owner | undefined;
  #isClosed = false;
  /** Nothing else may hold the event loop until the limits of such a wait. */
  readonly #closing = new Outcome(true);

  /**
   * Takes the role if it can, so that what is written in the same tick is in the ring in the same
   * tick. Throws nothing: openLater() does.
   */
  constructor(opener: Opener<Mode>) {
    this.name = opener.name;
    let obstacle: Error | undefined;
    try {
      this.#end = opener.now();
    } catch (error) {
      obstacle = error as Error;
    }
    if (this.#end === undefined) this.#pending = new PendingOpening(opener, obstacle);
  }

  /** Once the role is taken. */
  get end(): EndOf<Mode> | undefined {
    return this.#end;
  }

  /** The channel as a user of the stream sees it, once the role is taken. */
  get channel(): Channel | undefined {
    if (this.#end !== undefined) this.#channel ??= Channel.ofStream(this.#end);
    return this.#channel;
  }

  /** Bytes that went through this side. */
  get bytesMoved(): number {
    return this.#end === undefined ? 0 : this.#end.position - this.#end.start;
  }

  /** Whether the peer has not been seen yet. */
  get isPending(): boolean {
    return this.#end?.hasSeenPeer !== true;
  }

  protected get owner(): Owner | undefined {
    return this.#owner;
  }

  // --- opening ----------------------------------------------------------------------------------

  /** From now on the owner is told what happens. */
  start(owner: Owner): void {
    this.#owner = owner;
    if (this.#end !== undefined) this.#attach(this.#end);
  }

  /**
   * For a role that was not free in the constructor: settles when it is taken.
   * @throws why it cannot be; not if this side has left meanwhile, or if the owner was destroyed, who
   *   knows why
   */
  async openLater(): Promise<void> {
    const pending = this.#pending as PendingOpening<Mode>; // Otherwise there is an end.
    try {
      const end = await pending.open();
      // From here on the end has that state.
      if (!pending.hasRef()) end.unref();
      if (this.#isClosed) {
        await end.close();
        return;
      }
      this.#end = end;
      this.#attach(end);
      pending.opened();
    } catch (error) {
      if (!this.#isClosed && this.#owner?.isDestroyed !== true) throw error;
    }
  }

  /** After openLater(): the stream can be used. */
  constructed(): void {
    if (this.#owner?.isDestroyed === false) this.inContext(() => this.#owner?.constructed());
  }

  /** Stops waiting for the role. */
  giveUp(): void {
    this.#pending?.giveUp();
  }

  /** Settles when the role is taken; with what is left of the limits for the wait that follows. */
  async whenOpen(options: WaitOptions): Promise<WaitOptions> {
    if (this.#end !== undefined) return options;
    return (this.#pending as PendingOpening<Mode>).whenOpen(options);
  }

  /** As whenOpen(), with the channel as a user sees it. */
  async openedChannel(options: WaitOptions): Promise<Channel> {
    await this.whenOpen(readWaitOptions(options));
    return this.channel as Channel;
  }

  /** The role has just been taken. */
  protected abstract opened(end: EndOf<Mode>): void;

  #attach(end: EndOf<Mode>): void {
    this.#tellLater((owner) => owner.opened());
    end.onConnect(() => this.#tellLater((owner) => owner.connected()));
    end.onNews((tell) => this.#tellLater(tell));
    const { ownTakeover, departure } = end;
    if (ownTakeover !== undefined) this.#tellLater((owner) => owner.resumed(ownTakeover));
    if (departure !== undefined) this.#tellLater((owner) => owner.disconnected(departure));
    this.opened(end);
    end.checkForPeer();
  }

  /**
   * Later: in the constructor there are no listeners yet, and what a listener throws must not end a
   * wake-up.
   */
  #tellLater(tell: (owner: Owner) => void): void {
    this.inContext(() => {
      nextTick(() => {
        if (this.#owner?.isDestroyed === false) tell(this.#owner);
      });
    });
  }

  // --- the peer, and what holds the event loop --------------------------------------------------

  async waitForPeer(options: WaitOptions): Promise<void> {
    const rest = await this.whenOpen(options);
    await this.channel?.waitForPeer(rest);
  }

  /**
   * Calls a method of `self` in the async context that the channel was opened in; before the role
   * is taken, in the caller's.
   */
  inContext(method: () => void, self?: unknown): void {
    if (this.#end === undefined) method.call(self);
    else this.#end.inContext(method, self);
  }

  get #refed(): Endpoint | PendingOpening<Mode> {
    return this.#end ?? (this.#pending as PendingOpening<Mode>);
  }

  ref(): void {
    this.#refed.ref();
  }

  unref(): void {
    this.#refed.unref();
  }

  hasRef(): boolean {
    return this.#refed.hasRef();
  }

  // --- leaving ----------------------------------------------------------------------------------

  /**
   * Leaves the channel, if there is one; settles when everything is released. What waits fails for
   * the reason, if there is one.
   * @param failure what whenClosed() rejects with, unless this side was closed before
   */
  async close(reason: Error | null = null, failure = reason): Promise<void> {
    const isFirst = !this.#isClosed;
    this.#isClosed = true;
    this.#pending?.close(reason);
    // The peer may have come since the last wake-up.
    this.#end?.checkForPeer();
    await (this.#channel?.closeBecause(reason) ?? this.#end?.close());
    if (isFirst) this.#closing.settle(failure);
  }

  /**
   * For a role that is not taken yet: it will not be. False: it could not be taken, and the opening is
   * about to fail for that.
   */
  protected closeUnopened(): boolean {
    if (this.#pending?.hasFailed === true) return false;
    this.giveUp();
    void this.close();
    return true;
  }

  /**
   * Settles when this side has left its channel and released everything. Rejects with what made the
   * stream fail before, and at the limits.
   */
  protected whenClosed(options: WaitOptions): Promise<void> {
    return this.#closing.wait(options, (timeoutMs) => this.lateToLeave(timeoutMs));
  }

  /** The error of a wait for whenClosed() whose time limit is over. */
  protected abstract lateToLeave(timeoutMs: number): Error;
}
