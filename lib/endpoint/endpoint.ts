/**
 * One end of a channel, as the rest of the library uses it: owns the native handle and the
 * lifecycle. Never waits: a caller that wants more tries again after a wake-up.
 */
import { AsyncResource } from 'node:async_hooks';
import { constants } from 'node:os';
import type { Addon, Handle } from '../environment/addon.js';
import { report } from '../environment/diagnostics.js';
import {
  acquireBell,
  newId,
  readyAddon,
  register,
  releaseBell,
  unregister,
  type Wakeable,
} from '../environment/environment.js';
import { SmipcError, type Syscall } from '../errors/errors.js';
import { failure, Status } from '../failures/failures.js';
import type { MemoryShortage } from '../failures/memory-shortage.js';
import { throwLater } from '../host/host.js';
import {
  type ChannelStatus,
  kFramings,
  kPresences,
  type Presence,
  SnapshotBuffer,
  toCounters,
} from '../inspection/status.js';
import type { ChannelMode, ChannelSettings, Framing } from '../options/options.js';
import { type Expectation, Expectations } from './expectations.js';
import { Resumption, type Takeover } from './resumption.js';

/** What reading returns once the writer has ended and every byte has been read. */
export const kEnd = -1;

/**
 * What a call does if it cannot be done yet: return; arm the doorbell, so that the endpoint will be
 * woken, and return; or park the thread for at most that many milliseconds, and return.
 */
export type WaitMode = 'return' | 'arm' | number;

const kCreateModes = ['auto', 'always', 'never'] as const;

/** One empty list that all endpoints without listeners share, so that idle channels are small. */
const kNoListeners: readonly never[] = [];

/** Asked for, since native results carry no texts; undefined: it was no such limit. */
function readShortage(): MemoryShortage | undefined {
  const figures = new Float64Array(2);
  const file = readyAddon().memoryShortage(figures);
  const [limit = 0, used = 0] = figures;
  return file === '' ? undefined : { file, limit, used };
}

export class Endpoint implements Wakeable {
  readonly name: string;
  readonly mode: ChannelMode;
  readonly capacity: number;
  readonly framing: Framing;
  readonly #addon: Addon = readyAddon();
  readonly #handle: Handle;
  readonly #id: number;
  /** The directory of the bell at which the peer wakes this endpoint; undefined: at its futex. */
  readonly #bellDirectory: string | undefined;
  /** Replaced, never changed: a wake-up goes to those who listened when it came. */
  #wakeListeners: readonly (() => void)[] = kNoListeners;
  #takeoverListeners: readonly ((takeover: Takeover) => void)[] = kNoListeners;
  /** The async context that the channel was opened in; undefined once it is closed. */
  #context: AsyncResource | undefined = new AsyncResource('SMIPC_CHANNEL');
  readonly #resumption: Resumption | undefined;
  readonly #expectations = new Expectations(this);
  /** From close() on; settled by retired(). */
  #whenClosed: Promise<void> | undefined;
  #resolveClosed: (() => void) | undefined;
  #state: 'open' | 'closing' | 'closed' = 'open';
  /** Where this end began: where the stream does, unless it took its role over. */
  readonly start: number;
  // First something that is no small integer, so that V8 keeps a double from the start. Otherwise
  // all code that was compiled for small integers is thrown away when the position passes 2^31.
  #position = Number.MAX_SAFE_INTEGER;
  #ended = false;
  #hasConnected = false;
  /** What status() says from close() on. */
  #lastStatus: ChannelStatus | number | undefined;

  /**
   * Opens a channel and takes its role, now or not at all.
   * @throws SmipcError with syscall `open`.
   */
  static open(settings: ChannelSettings): Endpoint {
    const addon = readyAddon();
    const id = newId();
    const details = new Float64Array(2);
    const hasBell = acquireBell(settings);
    const handle = addon.channelOpen(
      id,
      settings.directory,
      settings.name,
      settings.mode === 'w',
      kCreateModes.indexOf(settings.create),
      settings.capacity,
      kFramings.indexOf(settings.framing),
      settings.permissions,
      settings.busyPoll,
      settings.resume,
      details,
    );
    if (typeof handle !== 'number') {
      try {
        return new Endpoint(id, handle, settings, hasBell);
      } catch (error) {
        // What was sound a moment ago has been damaged.
        addon.channelLeave(handle);
        if (hasBell) releaseBell(settings.directory);
        throw error;
      }
    }
    if (hasBell) releaseBell(settings.directory);
    const [systemError = 0, pid = 0] = details;
    throw failure(handle, {
      syscall: 'open',
      channel: settings.name,
      systemError,
      pid,
      directory: settings.directory,
      wantedBytes: settings.capacity,
      permissions: settings.permissions,
      difference: handle === Status.Incompatible ? differenceFrom(settings, addon) : undefined,
      shortage: systemError === constants.errno.ENOMEM ? readShortage() : undefined,
    });
  }

  private constructor(id: number, handle: Handle, settings: ChannelSettings, hasBell: boolean) {
    this.#id = id;
    this.#handle = handle;
    this.name = settings.name;
    this.mode = settings.mode;
    this.framing = settings.framing;
    this.capacity = this.status().capacity;
    if (settings.resume) {
      this.#resumption = new Resumption(
        this.#addon,
        handle,
        settings.mode,
        settings.resumeTimeout,
        {
          peer: () => this.peer,
          onTakeover: (takeover) => this.#noteTakeover(takeover),
          onCheckDue: () => this.wake(),
        },
      );
    }
    this.start = this.#resumption?.start ?? 0;
    this.#position = this.start;
    this.#bellDirectory = hasBell ? settings.directory : undefined;
    register(id, this, this.#bellDirectory);
    const { name, mode, capacity, framing } = this;
    report('open', { name, mode, capacity, framing });
    if (this.ownTakeover !== undefined) report('resumed', { name, mode, ...this.ownTakeover });
    this.#checkForTakeover();
  }

  get state(): 'open' | 'closing' | 'closed' {
    return this.#state;
  }

  /** Where this end stands: bytes since the channel was made. */
  get position(): number {
    return this.#position;
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
  get ended(): boolean {
    if (!this.#ended && this.mode === 'r' && this.#state === 'open') {
      this.#ended = this.#addon.channelHasEnded(this.#handle);
    }
    return this.#ended;
  }

  // --- moving bytes ------------------------------------------------------------------------------

  /** Bytes read, 0 if fewer than `min` are there now, or kEnd. */
  read(target: Uint8Array, from: number, size: number, min: number): number {
    return this.#hasRead(this.#addon.channelRead(this.#readHandle(), target, from, size, min));
  }

  /** Reads like read(); if it returns 0, the endpoint will be woken when bytes may be there. */
  readOrArm(target: Uint8Array, from: number, size: number, min: number): number {
    const handle = this.#readHandle();
    return this.#hasRead(this.#addon.channelReadOrArm(handle, target, from, size, min));
  }

  /** Reads like readOrArm(), but the bytes stay in the ring until consume(). */
  peekOrArm(target: Uint8Array, from: number, size: number, min: number): number {
    const handle = this.#readHandle();
    const result = this.#addon.channelPeekOrArm(handle, target, from, size, min);
    if (result < 0) return this.#hasRead(result);
    return result;
  }

  /** Takes `size` bytes out of the ring, which a peek has shown. */
  consume(size: number): void {
    this.#addon.channelConsume(this.#readHandle(), size);
    this.#position += size;
  }

  /** Notes that the next `size` bytes were delivered, although they stay in the ring. */
  markDelivered(size: number): void {
    this.#addon.channelMarkDelivered(this.#readHandle(), size);
  }

  /** Reads like read(); if it returns 0, the thread has slept, for at most `timeoutMs`. */
  readOrPark(
    target: Uint8Array,
    from: number,
    size: number,
    min: number,
    timeoutMs: number,
  ): number {
    const handle = this.#readHandle();
    return this.#hasRead(this.#addon.channelReadOrPark(handle, target, from, size, min, timeoutMs));
  }

  /** Bytes written: as many as fit now. */
  write(source: Uint8Array, from: number, size: number): number {
    return this.#hasWritten(this.#addon.channelWrite(this.#writeHandle(), source, from, size));
  }

  /**
   * Writes like write(); if it wrote fewer than `size` bytes, the endpoint will be woken once there
   * is space for the rest and for `behind` bytes that queue behind it, or in half the ring.
   */
  writeOrArm(source: Uint8Array, from: number, size: number, behind: number): number {
    const handle = this.#writeHandle();
    return this.#hasWritten(this.#addon.channelWriteOrArm(handle, source, from, size, behind));
  }

  /**
   * Writes like write(); if it wrote fewer than `size`, the thread has slept, at most `timeoutMs`.
   */
  writeOrPark(source: Uint8Array, from: number, size: number, timeoutMs: number): number {
    const handle = this.#writeHandle();
    return this.#hasWritten(this.#addon.channelWriteOrPark(handle, source, from, size, timeoutMs));
  }

  // --- the ring itself ---------------------------------------------------------------------------

  /** How many bytes can be read: 0 if fewer than `min` are there now, or kEnd. */
  readable(min: number, waitMode: WaitMode): number {
    const handle = this.#readHandle();
    const result =
      waitMode === 'return'
        ? this.#addon.channelReadable(handle, min)
        : waitMode === 'arm'
          ? this.#addon.channelReadableOrArm(handle, min)
          : this.#addon.channelReadableOrPark(handle, min, waitMode);
    return result < 0 ? this.#hasRead(result) : result;
  }

  /** How much space is free: 0 if it is less than `size` now. */
  writable(size: number, waitMode: WaitMode): number {
    const handle = this.#writeHandle();
    const result =
      waitMode === 'return'
        ? this.#addon.channelWritable(handle, size)
        : waitMode === 'arm'
          ? this.#addon.channelWritableOrArm(handle, size)
          : this.#addon.channelWritableOrPark(handle, size, waitMode);
    if (result < 0) throw this.failure(result, 'write');
    return result;
  }

  /** The next `size` bytes that can be read, or of the space; until takeBack(). Needs canLend(). */
  lend(size: number): ArrayBuffer {
    return this.#addon.channelLend(this.#openHandle('read'), size);
  }

  /** Detaches a buffer that was lent, or any other. */
  takeBack(buffer: ArrayBuffer): void {
    this.#addon.channelTakeBack(this.#handle, buffer);
  }

  /** The next `size` bytes of the space have been filled: they are the reader's now. */
  publish(size: number): void {
    this.#addon.channelPublish(this.#writeHandle(), size);
    this.#position += size;
  }

  /** Has the reader consumed everything? If not, the endpoint will be woken when it has. */
  isDrainedOrArm(): boolean {
    if (this.mode !== 'w') throw this.#misuse('EBADF', 'the channel is open for reading', 'wait');
    const result = this.#addon.channelDrainedOrArm(this.#openHandle('wait'));
    if (result < 0) throw this.failure(result, 'write');
    return result === 1;
  }

  #hasRead(result: number): number {
    if (result >= 0) {
      this.#position += result;
      return result;
    }
    if (result !== Status.PeerEnded) throw this.failure(result, 'read');
    this.#ended = true;
    return kEnd;
  }

  #hasWritten(result: number): number {
    if (result < 0) throw this.failure(result, 'write');
    this.#position += result;
    return result;
  }

  // --- the peer ----------------------------------------------------------------------------------

  get peer(): Presence {
    return kPresences[this.#addon.channelPeer(this.#openHandle('wait'))] ?? 'died';
  }

  /** Has the peer been there, ever or, if the channel is resumable, since this end came? */
  get hasConnected(): boolean {
    if (this.#hasConnected || this.#state !== 'open') return this.#hasConnected;
    if (this.#resumption?.hasSeenPeer ?? this.peer !== 'absent') {
      this.#hasConnected = true;
      report('connect', { name: this.name, mode: this.mode });
    }
    return this.#hasConnected;
  }

  /** Writer: the error if the reader has left, so that what is written will never be read. */
  get readerLoss(): SmipcError | undefined {
    if (this.#resumption !== undefined && this.#resumption.givenUpAfter === undefined) {
      return undefined;
    }
    const { peer } = this;
    if (peer === 'closed') return this.failure(Status.PeerClosed, 'write');
    if (peer === 'died') return this.failure(Status.PeerDied, 'write');
    return undefined;
  }

  // --- waiting -----------------------------------------------------------------------------------

  /** Calls `listener` on each wake-up. A wake-up means: check again; nothing need have changed. */
  onWake(listener: () => void): void {
    this.#wakeListeners = this.#wakeListeners.concat(listener);
  }

  offWake(listener: () => void): void {
    this.#wakeListeners = this.#wakeListeners.filter((one) => one !== listener);
  }

  wake(): void {
    if (this.#state === 'open') this.inContext(this.#onWakeUp, this);
  }

  /**
   * Calls a method of `self` in the async context that the channel was opened in, for what the peer
   * causes is nobody else's. Once the channel is closed, in the caller's.
   */
  inContext(method: () => void, self?: unknown): void {
    if (this.#context === undefined) method.call(self);
    else this.#context.runInAsyncScope(method, self);
  }

  #onWakeUp(): void {
    this.#checkForTakeover();
    for (const listener of this.#wakeListeners) {
      try {
        listener();
      } catch (error) {
        // Code of the user's threw in it. That must not cost the others their wake-up.
        throwLater(error);
      }
    }
  }

  /** Calls `listener` when the peer's role has been taken over. */
  onTakeover(listener: (takeover: Takeover) => void): void {
    this.#takeoverListeners = this.#takeoverListeners.concat(listener);
  }

  /** For calls that block the event loop: does what a wake-up and a timer would have done. */
  checkWhileBlocked(): void {
    if (this.#state !== 'open' || this.#resumption === undefined) return;
    this.inContext(this.#checkPeerAndDeadline, this);
  }

  #checkPeerAndDeadline(): void {
    this.#checkForTakeover();
    this.#resumption?.checkDeadline();
  }

  #checkForTakeover(): void {
    this.#resumption?.checkPeer();
  }

  #noteTakeover(takeover: Takeover): void {
    const { name, mode } = this;
    report('resumed', { name, mode, ...takeover });
    for (const listener of this.#takeoverListeners) listener(takeover);
  }

  /** Called after `expectation`, a wait for this endpoint, has changed. */
  expect(expectation: Expectation): void {
    this.#expectations.update(expectation);
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

  // --- leaving -----------------------------------------------------------------------------------

  /** Writer: nothing more will be written. */
  end(): void {
    if (this.mode === 'w' && this.#ended) return;
    this.#addon.channelEnd(this.#writeHandle());
    this.#ended = true;
  }

  /**
   * Gives up the role at once; settles when the memory is unmapped. A writer that has not ended
   * leaves its stream aborted.
   */
  close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.#resumption?.stop();
      this.#addon.channelLeave(this.#handle);
      this.#lastStatus = this.#takeStatus();
      this.#expectations.beginClosing();
      const { name, mode, position, ended } = this;
      report('close', { name, mode, position, ended });
    }
    this.#whenClosed ??= new Promise((resolve) => {
      if (this.#state === 'closed') resolve();
      else this.#resolveClosed = resolve;
    });
    return this.#whenClosed;
  }

  retired(): void {
    this.#state = 'closed';
    unregister(this.#id, this, this.#bellDirectory);
    this.#expectations.end();
    // A program that keeps the closed stream must not keep the AsyncLocalStorage store of its
    // opener.
    this.#context?.emitDestroy();
    this.#context = undefined;
    this.#resolveClosed?.();
  }

  /** The status now; after close(), that of the moment when this end left. */
  status(): ChannelStatus {
    const status = this.#lastStatus ?? this.#takeStatus();
    if (typeof status === 'number') throw this.failure(status, 'inspect');
    return status;
  }

  /** The status, or a native result code if it cannot be taken. */
  #takeStatus(): ChannelStatus | number {
    const snapshot = new SnapshotBuffer();
    const result = this.#addon.channelStatus(this.#handle, snapshot.fields);
    if (result !== Status.Ok) return result;
    const counters = new Float64Array(5);
    this.#addon.channelCounters(this.#handle, counters);
    return { ...snapshot.toStatus(this.name, this.mode), counters: toCounters(counters) };
  }

  failure(status: number, syscall: Syscall): SmipcError {
    const resumeTimeout = this.#resumption?.givenUpAfter;
    const error = failure(status, { syscall, channel: this.name, resumeTimeout });
    report('error', { name: this.name, mode: this.mode, error });
    return error;
  }

  #openHandle(syscall: Syscall): Handle {
    if (this.#state !== 'open') throw this.failure(Status.Closed, syscall);
    return this.#handle;
  }

  #readHandle(): Handle {
    if (this.mode !== 'r') throw this.#misuse('EBADF', 'the channel is open for writing', 'read');
    return this.#openHandle('read');
  }

  #writeHandle(): Handle {
    if (this.mode !== 'w') throw this.#misuse('EBADF', 'the channel is open for reading', 'write');
    if (this.#ended) throw this.#misuse('ERR_STREAM_WRITE_AFTER_END', 'write after end', 'write');
    return this.#openHandle('write');
  }

  #misuse(code: string, text: string, syscall: Syscall): SmipcError {
    return new SmipcError(code, text, { syscall, channel: this.name });
  }
}

/** How an existing channel differs from the requested one; undefined: the file is no channel. */
function differenceFrom(settings: ChannelSettings, addon: Addon): string | undefined {
  const { directory, name, permissions, framing, resume } = settings;
  const snapshot = new SnapshotBuffer();
  const details = new Float64Array(2);
  const result = addon.inspect(directory, name, permissions, snapshot.fields, details);
  if (result !== Status.Ok) return undefined;
  const there = snapshot.toStatus(name, null);
  if (there.framing !== framing)
    return `it carries ${there.framing}, but ${framing} were requested`;
  if (there.resumable !== resume)
    return `it was created with resume: ${there.resumable}, not ${resume}`;
  return 'its owners hold their roles by means that this process does not have';
}
