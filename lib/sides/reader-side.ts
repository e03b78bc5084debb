/** A reader's side: hands out what comes, value after value, to the stream that is made of it. */
import type { Expectation } from '../endpoint/expectations.js';
import type { Opener } from '../endpoint/opening.js';
import { PollTime } from '../endpoint/poll-time.js';
import { kEnd, kNotYet, type ReadEnd } from '../endpoint/read-end.js';
import { Wait } from '../environment/contract.js';
import { SmipcError } from '../errors/errors.js';
import { later } from '../host/host.js';
import { deserializeMessage, type MessageSettings } from '../messages/messages.js';
import { readWaitOptions, type WaitOptions } from '../options/options.js';
import { BufferSource, type OnReadOptions } from '../sources/buffer-source.js';
import { ChunkSource } from '../sources/chunk-source.js';
import { MessageSource } from '../sources/message-source.js';
import { ReusedMemory } from '../sources/reused-memory.js';
import { Reuse, type Source } from '../sources/source.js';
import { WholeMessageSource } from '../sources/whole-message-source.js';
import { Side, type SideOwner } from './side.js';
import { Turn } from './turn.js';

/** The stream, as its reader's side sees it. */
export interface Receiver extends SideOwner {
  /**
   * Takes a value, and says whether it wants the next one at once. What a listener throws, it
   * throws.
   */
  take(value: unknown): boolean;
  /** Everything has been handed out, and the writer has ended. The role is free already. */
  takeEnd(): void;
  /**
   * Nothing more will be handed out, because this side has left. The receiver ends, even if nobody
   * asks it for anything.
   */
  takeLeave(): void;
  /** No more will come, because of `loss`. */
  takeLoss(loss: Error): void;
  /**
   * What may happen now to the memory of values that it was given. Asked before each value, if the
   * side was made for that.
   */
  askReuse(): Reuse;
  /** How many bytes it has room for; 0: none before it has given away some that it has. */
  readonly room: number;
  /** Whether it has nothing, and the consumer is not at work on what it was given last. */
  readonly isDone: boolean;
  /** Whether the program waits for the next value, so that the event loop is held for it. */
  readonly isAwaited: boolean;
  /** Whether it wants nothing for now. `onread` only. */
  readonly isPaused: boolean;
  /** Pauses the stream. `onread` only. */
  pauseStream(): void;
  /** Destroys the stream, without an error, although its end has not come. */
  abandon(): void;
}

/** How values are to be read. */
export interface ReaderSettings extends MessageSettings {
  readonly acknowledges: boolean;
  /** The receiver says when the memory of values may be used again. */
  readonly reuses: boolean;
  readonly onread: OnReadOptions | undefined;
}

export class ReaderSide extends Side<'r', Receiver> {
  readonly #settings: ReaderSettings;
  readonly #expectation: Expectation = { isActive: false, holdsLoop: false };
  /** Once the channel is open, as is the turn. */
  #source: Source<Uint8Array | number> | undefined;
  // What follows from the settings, and is asked for each value.
  /** Whether values are bytes that the stream may join, or cut parts off. */
  readonly isOfChunks: boolean;
  /** Whether bytes go to the callback of `onread`, and no value to the stream. */
  readonly hasCallback: boolean;
  readonly #isOfObjects: boolean;
  #turn: Turn | undefined;
  readonly #pollTime = new PollTime(() => this.#deliverIfWanted());
  /** The receiver has asked for a value, and was not given one yet. */
  #isWanted = false;
  /** Of values, or of the messages that they are made of; undefined: it is not used again. */
  readonly #memory: ReusedMemory | undefined;
  /** The receiver was given the end. */
  #hasEnded = false;
  /** Nothing more is taken out of the ring: see leave(). */
  #isLeaving = false;
  /** Why there will be no more. */
  #loss: Error | undefined;

  constructor(opener: Opener<'r'>, settings: ReaderSettings) {
    super(opener);
    this.#settings = settings;
    this.hasCallback = settings.onread !== undefined;
    this.isOfChunks = settings.framing === 'bytes' && !this.hasCallback;
    this.#isOfObjects = settings.framing === 'objects';
    const askReuse = () => this.owner?.askReuse() ?? Reuse.Never;
    if (settings.reuses) this.#memory = new ReusedMemory(askReuse);
    // Unless a serializer may keep the message.
    else if (this.#isOfObjects && settings.lends) this.#memory = new ReusedMemory(() => Reuse.Free);
  }

  /** Whether asking for the next message says that the last one is done with. */
  get acknowledges(): boolean {
    return this.#settings.acknowledges;
  }

  /** Whether the memory of the last value is used again when the receiver says so. */
  get reuses(): boolean {
    return this.#settings.reuses;
  }

  /** Why there will be no more values; undefined: there may be, or the end has come. */
  get loss(): Error | undefined {
    return this.#loss;
  }

  protected override opened(end: ReadEnd): void {
    this.#source = sourceOf(end, this.#settings, this.#memory);
    const turn = new Turn(end);
    this.#turn = turn;
    end.onWake(() => {
      if (turn.isYielding) return;
      turn.begin();
      if (this.#isWanted) this.#deliver();
    });
  }

  override close(reason: Error | null = null, failure = reason): Promise<void> {
    this.#memory?.release();
    return super.close(reason, failure);
  }

  // --- asking -----------------------------------------------------------------------------------

  /** The receiver wants a value, now or when there is one. */
  request(): void {
    this.#want();
    // In the channel's context, not the caller's: what is pushed now may be emitted later.
    this.#deliverIfWanted();
  }

  /** The receiver does not want a value any more, because it is paused. */
  withdraw(): void {
    this.#isWanted = false;
  }

  /** The receiver wants a value again, after a pause. The event loop has its turn first. */
  requestLater(): void {
    if (this.#turn === undefined) return;
    this.#want();
    this.#yield(this.#turn);
  }

  /**
   * Takes nothing more out of the ring, and ends the stream as soon as the consumer is done with
   * what it was given; a message that it acknowledges, it acknowledges then. If the role is not
   * taken yet, it will not be.
   * @returns settles when this side has left; rejects if the stream fails before
   */
  leave(options: WaitOptions): Promise<void> {
    const left = this.whenClosed(readWaitOptions(options));
    if (this.#isLeaving) return left;
    this.#isLeaving = true;
    this.end?.waitFor('leave() waits until the consumer is done and asks for more');
    if (this.end !== undefined) this.goOnLeaving();
    else if (this.closeUnopened()) this.owner?.takeLeave();
    return left;
  }

  protected override lateToLeave(timeoutMs: number): Error {
    const text = `the consumer has not asked for more within ${timeoutMs} ms`;
    return new SmipcError('ETIMEDOUT', text, { syscall: 'wait', channel: this.name });
  }

  /**
   * Leaving: the consumer may be done with what it was given. Later, because it may be a listener that
   * calls, and is in the middle of that.
   */
  goOnLeaving(): void {
    if (this.#isLeaving) later(() => this.#leaveOn());
  }

  #leaveOn(): void {
    if (this.end?.state !== 'open' || this.#loss !== undefined) return;
    // Being asked is what says that a message is done with.
    if (this.holdsMessage) return;
    if (this.owner?.isDone === true) this.#isWanted = true;
    this.#deliverIfWanted();
  }

  /** Stops handing out values, and leaves the channel; calls back when that is done. */
  abort(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#isWanted = false;
    this.#turn?.cancel();
    // Being aborted, as a loop that breaks does it, too, is one way to leave.
    const isAbort = error !== null && 'code' in error && error.code === 'ABORT_ERR';
    this.inContext(() => {
      this.close(error, isAbort ? null : error).then(() => callback(error), callback);
    });
  }

  /** Holds the event loop, or lets it go. To be called when `isAwaited` may have changed. */
  settleExpectation(): void {
    const { end, owner } = this;
    if (end?.state !== 'open' || owner === undefined) return;
    // Leaving, nothing of the peer is waited for.
    const isActive = this.#isWanted && !this.#isLeaving;
    const holdsLoop = isActive && owner.isAwaited;
    const expectation = this.#expectation;
    if (isActive === expectation.isActive && holdsLoop === expectation.holdsLoop) return;
    expectation.isActive = isActive;
    expectation.holdsLoop = holdsLoop;
    end.expect(expectation);
  }

  /**
   * After the end there is nothing, and after a loss nothing can be wanted: what stands behind a bad
   * message is not to be read.
   */
  #want(): void {
    this.#isWanted = this.#loss === undefined && !this.#hasEnded;
  }

  // --- handing out ------------------------------------------------------------------------------

  #deliverIfWanted(): void {
    if (this.#isWanted && this.#turn?.isYielding !== true) this.inContext(this.#deliver, this);
  }

  /** Gives the receiver what it asks for, or waits for it. */
  #deliver(): void {
    if (this.#turn === undefined || this.owner?.isDestroyed !== false) return;
    try {
      while (this.#isWanted && this.#deliverOne(this.#turn, this.owner));
    } finally {
      // What a listener threw is not ours, and does not end the stream.
      this.settleExpectation();
    }
  }

  /** False: nothing is there now, or the event loop is to have its turn first. */
  #deliverOne(turn: Turn, receiver: Receiver): boolean {
    if (turn.isOver) {
      this.#yield(turn);
      return false;
    }
    const wait = this.#pollTime.nextWait();
    let taken: Uint8Array | number;
    let value: unknown;
    try {
      taken = this.#isLeaving ? this.#nextOfRest() : this.#next(turn, receiver, wait);
      value = this.#isOfObjects && typeof taken !== 'number' ? this.#valueOf(taken) : taken;
    } catch (error) {
      // What its bytes hold may be wrong, not the channel.
      this.end?.reportFailure(error);
      this.#lose(receiver, error as Error);
      return false;
    }
    if (taken === kNotYet) {
      if (this.#isLeaving) this.#leaveIfDone(receiver);
      else if (wait === Wait.Return) this.#pollTime.pollLater();
      // A message may be larger than what one turn takes.
      return !this.#isLeaving && turn.bytesLeft <= 0;
    }
    // The receiver may ask for the next one while it takes this one, so that is settled before.
    this.#isWanted = false;
    if (taken === kEnd) {
      // Nothing is left to be read: the role is free for the next reader before 'end' is emitted.
      this.#hasEnded = true;
      void this.close();
      receiver.takeEnd();
    } else {
      this.#hand(turn, receiver, value);
    }
    return true;
  }

  #next(turn: Turn, receiver: Receiver, wait: Wait): Uint8Array | number {
    const source = this.#source as Source<Uint8Array | number>; // made with the turn
    if (!this.isOfChunks) return source.next(turn.bytesLeft, wait);
    // Never more than the receiver has room for: the rest is better off in the ring.
    const { room } = receiver;
    if (room > 0) return source.next(room, wait);
    later(() => this.#deliver());
    return kNotYet;
  }

  /** Leaving: what was taken out of the ring before, if it is not the next reader's. */
  #nextOfRest(): Uint8Array | number {
    if (this.#settings.acknowledges) this.acknowledge();
    else if (this.#settings.framing !== 'bytes')
      return this.#source?.next(0, Wait.Return) ?? kNotYet;
    return kNotYet;
  }

  #leaveIfDone(receiver: Receiver): void {
    if (!receiver.isDone) return;
    this.#isWanted = false;
    // Asked, because an end that nobody has read up to is not over for the channel.
    void this.end?.ended;
    void this.close();
    receiver.takeLeave();
  }

  #valueOf(message: Uint8Array): unknown {
    return deserializeMessage(this.name, this.#settings.serializer, message);
  }

  #hand(turn: Turn, receiver: Receiver, value: unknown): void {
    let wantsMore = false;
    this.#pollTime.handOut();
    try {
      wantsMore =
        typeof value === 'number' && this.#source instanceof BufferSource
          ? handBuffer(this.#source, receiver, value)
          : receiver.take(value);
    } catch (error) {
      if (this.#settings.acknowledges) {
        this.listenerThrew();
      } else {
        this.#want();
        this.#yield(turn);
      }
      throw error;
    }
    // Acknowledging: only being asked again says that this one is done with.
    if (wantsMore && !this.#settings.acknowledges) this.#want();
  }

  /**
   * A listener threw while it was given a value: an uncaught exception, as everywhere. If the
   * process goes on, so does the stream. But acknowledging, the listener is not done with its
   * message, and leaves it to the next reader, as the body of a loop does that throws.
   */
  listenerThrew(): void {
    if (this.#settings.acknowledges) this.owner?.abandon();
  }

  #lose(receiver: Receiver, loss: Error): void {
    this.#isWanted = false;
    this.#loss = loss;
    receiver.takeLoss(loss);
  }

  #yield(turn: Turn): void {
    turn.yield(() => {
      if (this.#isWanted) this.#deliver();
    });
  }

  // --- acknowledging ----------------------------------------------------------------------------

  #messages(): WholeMessageSource | undefined {
    return this.#source instanceof WholeMessageSource ? this.#source : undefined;
  }

  /** A message was handed out, and is not done with. */
  get holdsMessage(): boolean {
    return this.#messages()?.holdsOne === true;
  }

  /**
   * Whether the message that was handed out last may have been handed out before, to another
   * reader.
   * @param isBefore asks about the one before it.
   */
  isRedelivered(isBefore: boolean): boolean {
    return this.#messages()?.isRedelivered(isBefore) === true;
  }

  /**
   * The message that was handed out last is done with. Returns whether it was still in the ring.
   */
  acknowledge(): boolean {
    return this.end?.state === 'open' && this.#messages()?.acknowledge() === true;
  }
}

function sourceOf(
  end: ReadEnd,
  settings: ReaderSettings,
  memory: ReusedMemory | undefined,
): Source<Uint8Array | number> {
  const { framing, maxMessageSize, lends, onread } = settings;
  if (onread !== undefined) return new BufferSource(end, onread);
  if (framing === 'bytes') return new ChunkSource(end, memory);
  return end.resumable
    ? new WholeMessageSource(end, settings, memory)
    : new MessageSource(end, maxMessageSize, lends, memory);
}

/** Whether the receiver wants more. */
function handBuffer(source: BufferSource, receiver: Receiver, count: number): boolean {
  if (!source.hand(count)) receiver.pauseStream();
  // The callback may have paused it, or destroyed it.
  return !receiver.isPaused && !receiver.isDestroyed;
}
