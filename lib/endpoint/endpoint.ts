/**
 * One end of a channel, as the rest of the library uses it: its life, and what has become of its
 * peer. It owns the native handle, and never waits: a caller that wants more tries again after a
 * wake-up. Moving bytes is the business of ReadEnd and WriteEnd; open-end.ts makes them.
 */
import { AsyncResource } from 'node:async_hooks';
import type { Addon, Handle, TakenRole } from '../environment/addon.js';
import { kPresences, Status } from '../environment/contract.js';
import { isDebugging, report } from '../environment/diagnostics.js';
import { unregister, type Wakeable } from '../environment/environment.js';
import { peerRoleOf } from '../environment/roles.js';
import { SmipcError, type Syscall } from '../errors/errors.js';
import { failure } from '../failures/failures.js';
import { throwLater } from '../host/host.js';
import { type ChannelStatus, type Presence, takeStatus } from '../inspection/status.js';
import type { ChannelMode, ChannelSettings, Framing } from '../options/options.js';
import { type Expectation, Expectations } from './expectations.js';
import { departureOf, type NewsListener } from './news.js';
import { takeRefusal } from './refusals.js';
import { type Departure, Resumption, type Takeover } from './resumption.js';
import { WaitLog } from './wait-log.js';

/** One empty list that all endpoints without listeners share, so that idle channels are small. */
const kNoListeners: readonly never[] = [];

/** Whether a result says that the peer has gone without an end. */
function isLoss(status: number): boolean {
  return (
    status === Status.PeerAborted || status === Status.PeerDied || status === Status.PeerClosed
  );
}

export abstract class Endpoint implements Wakeable {
  readonly name: string;
  /** The directory that the channel is in. */
  readonly directory: string;
  readonly mode: ChannelMode;
  readonly capacity: number;
  readonly framing: Framing;
  protected readonly addon: Addon;
  /** Not to be used after close(), but for numbers: see openHandle(). */
  protected readonly handle: Handle;
  readonly #id: number;
  readonly #onLeft: (() => void) | undefined;
  /** Replaced, never changed: a wake-up goes to those who listened when it came. */
  #wakeListeners: readonly (() => void)[] = kNoListeners;
  #newsListener: NewsListener | undefined;
  /** Until it has been called. */
  #connectListener: (() => void) | undefined;
  /** The async context that the channel was opened in; undefined once it is closed. */
  #context: AsyncResource | undefined = new AsyncResource('SMIPC_CHANNEL');
  readonly #resumption: Resumption | undefined;
  readonly #expectations = new Expectations();
  /** Only while debugging is on. */
  readonly #waitLog: WaitLog | undefined;
  /** The failure that was reported last. */
  #reported: number | undefined;
  /** What failure() returned last. */
  #lastFailure: Error | undefined;
  /** From close() on; settled by retired(). */
  #whenClosed: Promise<void> | undefined;
  #resolveClosed: (() => void) | undefined;
  #state: 'open' | 'closing' | 'closed' = 'open';
  /** Where this end began: where the stream does, unless it took its role over. */
  readonly start: number;
  // First something that is no small integer, so that V8 keeps a double from the start. Otherwise
  // all code that was compiled for small integers is thrown away when the position passes 2^31.
  #position = Number.MAX_SAFE_INTEGER;
  #hasSeenPeer = false;
  #departure: Departure | undefined;
  /** What status() says from close() on. */
  #lastStatus: ChannelStatus | number | undefined;

  constructor(
    { addon, handle, id, capacity, onLeft }: TakenRole,
    { directory, name, mode, framing, resume, resumeTimeout }: ChannelSettings,
  ) {
    this.addon = addon;
    this.handle = handle;
    this.#id = id;
    this.#onLeft = onLeft;
    this.name = name;
    this.directory = directory;
    this.mode = mode;
    this.framing = framing;
    this.capacity = capacity;
    if (resume) {
      this.#resumption = new Resumption(addon, handle, mode, resumeTimeout, {
        peer: () => this.peer,
        onTakeover: (takeover) => this.#noteTakeover(takeover),
        onDeparture: (generation, how) => this.#noteDeparture(generation, how),
        onCheckDue: () => this.wake(),
      });
    }
    this.start = this.#resumption?.start ?? 0;
    this.#position = this.start;
    if (isDebugging()) this.#waitLog = new WaitLog(this);
  }

  /** Reports the opening, and checks the peer. To be called once wake-ups reach this end. */
  begin(): void {
    const { name, mode, capacity, framing, directory } = this;
    report('open', { name, mode, capacity, framing, directory });
    if (this.ownTakeover !== undefined) report('resumed', { name, mode, ...this.ownTakeover });
    this.#resumption?.checkPeer();
  }

  get state(): 'open' | 'closing' | 'closed' {
    return this.#state;
  }

  /**
   * Where this end stands: bytes since the channel was made. The native side counts, too; this is
   * what it has said, so that asking costs no call.
   */
  get position(): number {
    return this.#position;
  }

  /** As `position`, in messages; 0 if the channel carries bytes. */
  get messages(): number {
    return this.addon.endpointMessages(this.handle);
  }

  protected move(bytes: number): void {
    this.#position += bytes;
  }

  /** Whether the roles of the channel can be taken over. */
  get resumable(): boolean {
    return this.#resumption !== undefined;
  }

  /** How this end came, if it took its role over. */
  get ownTakeover(): Takeover | undefined {
    return this.#resumption?.ownTakeover;
  }

  /** The position up to which the reader before this one had delivered messages. */
  get delivered(): number {
    return this.#resumption?.delivered ?? 0;
  }

  /** Writer: end() was called. Reader: the writer has ended, and every byte has been read. */
  abstract get ended(): boolean;

  // --- the peer ---------------------------------------------------------------------------------

  get peer(): Presence {
    return kPresences[this.addon.endpointPeer(this.openHandle('wait'))] ?? 'died';
  }

  /**
   * Whether the peer was seen, ever or, if the channel is resumable, since this end came. It is
   * looked for at the opening, at wake-ups, and by checkForPeer().
   */
  get hasSeenPeer(): boolean {
    return this.#hasSeenPeer;
  }

  /**
   * Calls `listener` once, when the peer is seen. There is one listener, and it comes before the
   * first check.
   */
  onConnect(listener: () => void): void {
    this.#connectListener = listener;
  }

  /** Has the peer come, and perhaps left again? hasSeenPeer says so then. */
  checkForPeer(): void {
    if (this.#hasSeenPeer || this.#state !== 'open') return;
    if (!(this.#resumption?.hasSeenPeer ?? this.peer !== 'absent')) return;
    this.#hasSeenPeer = true;
    report('connect', { name: this.name, mode: this.mode });
    const listener = this.#connectListener;
    this.#connectListener = undefined;
    listener?.();
  }

  /** Is a peer that left without an end waited for: will another one come in its place? */
  protected get awaitsSuccessor(): boolean {
    return this.#resumption !== undefined && this.#resumption.givenUpAfter === undefined;
  }

  /** Calls `listener` with each piece of news from now on. There is one listener. */
  onNews(listener: NewsListener): void {
    this.#newsListener = listener;
  }

  /** The last departure of a peer; undefined: none yet, or its successor has come. */
  get departure(): Departure | undefined {
    return this.#departure;
  }

  /** For calls that block the event loop: does what a wake-up and a timer would have done. */
  checkWhileBlocked(): void {
    this.#waitLog?.blocked();
    if (this.#state === 'open') this.inContext(this.#checkAsIfWoken, this);
  }

  #checkAsIfWoken(): void {
    this.#resumption?.checkPeer();
    this.#resumption?.checkDeadline();
    this.#checkForRefusal();
  }

  /** Not the peer is waited for, but this: for the log. */
  waitFor(reason: string): void {
    this.#waitLog?.waitFor(reason);
  }

  #noteTakeover(takeover: Takeover): void {
    const { name, mode } = this;
    this.#departure = undefined;
    this.#reported = undefined;
    report('resumed', { name, mode, ...takeover });
    this.#newsListener?.((hearer) => hearer.resumed(takeover));
  }

  #noteDeparture(generation: number, how: Departure['peer']): void {
    const { name, mode } = this;
    const status = takeStatus(this.addon, this.handle, this);
    // The positions are damaged: that error says more.
    if (typeof status === 'number') return;
    const departure = departureOf(status, mode, generation, how, this.#resumption?.timeout);
    // Each new owner causes a wake-up, at which it is told of.
    if (departure === undefined) return;
    // It may have come and gone since the last check: then it has been there first.
    if (this.#connectListener !== undefined) this.checkForPeer();
    this.#departure = departure;
    report('disconnect', { name, mode, ...departure });
    this.#newsListener?.((hearer) => hearer.disconnected(departure));
  }

  #checkForRefusal(): void {
    // Nobody opens an end of a connection by its name.
    if (this.#onLeft !== undefined) return;
    const refusal = takeRefusal(this.addon, this.handle);
    if (refusal === undefined) return;
    const { name, mode } = this;
    report('refused', { name, mode, ...refusal });
    this.#newsListener?.((hearer) => hearer.refused(refusal));
  }

  // --- waiting ----------------------------------------------------------------------------------

  /** Calls `listener` on each wake-up. A wake-up means: check again; nothing need have changed. */
  onWake(listener: () => void): void {
    this.#wakeListeners = this.#wakeListeners.concat(listener);
  }

  offWake(listener: () => void): void {
    this.#wakeListeners = this.#wakeListeners.filter((one) => one !== listener);
  }

  wake(): void {
    if (this.#state === 'open') this.inContext(this.#tellListeners, this);
  }

  /**
   * Calls a method of `self` in the async context that the channel was opened in, for what the peer
   * causes belongs to no other. Once the channel is closed, in the caller's.
   */
  inContext(method: () => void, self?: unknown): void {
    if (this.#context === undefined) method.call(self);
    else this.#context.runInAsyncScope(method, self);
  }

  #tellListeners(): void {
    this.#resumption?.checkPeer();
    if (this.#connectListener !== undefined) this.checkForPeer();
    this.#checkForRefusal();
    for (const listener of this.#wakeListeners) {
      try {
        listener();
      } catch (error) {
        // Code of the user's threw in it. That must not cost the others their wake-up.
        throwLater(error);
      }
    }
    this.#waitLog?.woken();
  }

  /** Whether something waits for this endpoint. */
  get isExpected(): boolean {
    return this.#expectations.isAny;
  }

  /** Called after `expectation`, a wait for this endpoint, has changed. */
  expect(expectation: Expectation): void {
    this.#expectations.update(expectation);
    this.#waitLog?.setWaiting(this.#expectations.isAny);
  }

  ref(): void {
    this.#expectations.setRef(true);
  }

  unref(): void {
    this.#expectations.setRef(false);
  }

  hasRef(): boolean {
    return this.#expectations.hasRef();
  }

  // --- leaving ----------------------------------------------------------------------------------

  /**
   * Gives up the role at once; settles when the memory is unmapped. A writer that has not ended
   * leaves its stream aborted.
   */
  close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.#resumption?.stop();
      this.#waitLog?.stop();
      this.addon.endpointLeave(this.handle);
      // What a connection's end has left belongs to the slot, which may be another's by now.
      const isOfConnection = this.#onLeft !== undefined;
      this.#lastStatus = isOfConnection ? Status.Closed : takeStatus(this.addon, this.handle, this);
      this.#expectations.beginClosing();
      const { name, mode, position, ended } = this;
      report('close', { name, mode, position, ended });
      this.#onLeft?.();
    }
    this.#whenClosed ??= new Promise((resolve) => {
      if (this.#state === 'closed') resolve();
      else this.#resolveClosed = resolve;
    });
    return this.#whenClosed;
  }

  retired(): void {
    this.#state = 'closed';
    if (this.#id !== 0) unregister(this.#id);
    this.#expectations.end();
    // A program that keeps the closed stream must not keep the AsyncLocalStorage store of its
    // opener.
    this.#context?.emitDestroy();
    this.#context = undefined;
    this.#resolveClosed?.();
  }

  /** The status now; after close(), that of the moment when this end left. */
  status(): ChannelStatus {
    const status = this.#lastStatus ?? takeStatus(this.addon, this.handle, this);
    if (typeof status === 'number') throw this.failure(status, 'inspect');
    return status;
  }

  /** Detaches a buffer that was lent (lend() of ReadEnd and WriteEnd), or any other. */
  takeBack(buffer: ArrayBuffer): void {
    this.addon.endpointTakeBack(this.handle, buffer);
  }

  // --- failing ----------------------------------------------------------------------------------

  /**
   * The error for a native result code. It is reported, unless it is the caller's mistake; and once,
   * although each call that waits, and each later one, may fail with it.
   */
  failure(status: number, syscall: Syscall): SmipcError {
    const { name, mode } = this;
    const resumeTimeout = this.#resumption?.givenUpAfter;
    const pid = isLoss(status) ? this.#lostPeerPid() : undefined;
    const error = failure(status, { syscall, channel: name, resumeTimeout, pid });
    this.#lastFailure = error;
    const isMistake = status === Status.Closed || status === Status.Detached;
    if (!isMistake && status !== this.#reported) {
      this.#reported = status;
      report('error', { name, mode, error });
    }
    return error;
  }

  /** Reports why a stream of this end fails, unless failure() has decided about that. */
  reportFailure(error: unknown): void {
    if (error === this.#lastFailure) return;
    report('error', { name: this.name, mode: this.mode, error });
  }

  /** Which process the peer was, which has gone; undefined: it is not known, or has a successor. */
  #lostPeerPid(): number | undefined {
    if (this.#departure !== undefined) return this.#departure.pid;
    const status = this.#lastStatus ?? takeStatus(this.addon, this.handle, this);
    if (typeof status === 'number') return undefined;
    const { state, pid } = status[peerRoleOf(this.mode)];
    return state === 'open' ? undefined : pid;
  }

  /** The error of a call that this end, or its state, does not allow. */
  misuse(code: string, text: string, syscall: Syscall): SmipcError {
    return new SmipcError(code, text, { syscall, channel: this.name });
  }

  /** @throws SmipcError `EBADF` once the channel is closed on this side. */
  protected openHandle(syscall: Syscall): Handle {
    if (this.#state !== 'open') throw this.failure(Status.Closed, syscall);
    return this.handle;
  }
}
