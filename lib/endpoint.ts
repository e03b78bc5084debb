/**
 * One end of a channel, as the rest of the library uses it: owns the native handle and the
 * lifecycle. Never waits: whoever wants more asks once more after a wake-up.
 */
import type { Addon, Handle } from './addon.js';
import { report } from './diagnostics.js';
import {
  acquireBell,
  native,
  newId,
  register,
  releaseBell,
  throwLater,
  unregister,
  type Wakeable,
} from './environment.js';
import { SmipcError, type Syscall } from './errors.js';
import { type Expectation, Expectations } from './expectations.js';
import { failure, Status } from './failures.js';
import type { ChannelMode, ChannelSettings, Framing } from './options.js';
import {
  type ChannelStatus,
  kFramings,
  kPresences,
  type Presence,
  SnapshotBuffer,
} from './status.js';

/** What reading returns once the writer has ended and every byte has been read. */
export const kEnd = -1;

const kCreateModes = ['auto', 'always', 'never'] as const;

export class Endpoint implements Wakeable {
  readonly name: string;
  readonly mode: ChannelMode;
  readonly capacity: number;
  readonly framing: Framing;
  readonly #addon: Addon = native();
  readonly #handle: Handle;
  readonly #id: number;
  /** The directory of the bell at which this endpoint is rung; undefined: at its futex. */
  readonly #bellDirectory: string | undefined;
  /** Replaced, never changed: a wake-up goes to those who listened when it came. */
  #wakeListeners: readonly (() => void)[] = [];
  readonly #expectations = new Expectations(this);
  readonly #whenClosed: Promise<void>;
  #resolveClosed: () => void = () => {};
  #state: 'open' | 'closing' | 'closed' = 'open';
  /** A role is taken once in a segment, so both ends begin where the stream does. */
  #position = 0;
  #ended = false;
  #hasConnected = false;
  /** What status() says from close() on. */
  #lastStatus: ChannelStatus | number | undefined;

  /**
   * Opens a channel and takes its role, now or not at all.
   * @throws SmipcError with syscall `open`.
   */
  static open(settings: ChannelSettings): Endpoint {
    const addon = native();
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
    });
  }

  private constructor(id: number, handle: Handle, settings: ChannelSettings, hasBell: boolean) {
    this.#id = id;
    this.#handle = handle;
    this.name = settings.name;
    this.mode = settings.mode;
    this.framing = settings.framing;
    this.capacity = this.status().capacity;
    this.#whenClosed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#bellDirectory = hasBell ? settings.directory : undefined;
    register(id, this, this.#bellDirectory);
    const { name, mode, capacity, framing } = this;
    report('open', { name, mode, capacity, framing });
  }

  get state(): 'open' | 'closing' | 'closed' {
    return this.#state;
  }

  /** Bytes that this end has moved. */
  get position(): number {
    return this.#position;
  }

  /** Writer: end() was called. Reader: the writer has ended, and every byte has been read. */
  get ended(): boolean {
    if (!this.#ended && this.mode === 'r' && this.#state === 'open') {
      this.#ended = this.#addon.channelHasEnded(this.#handle);
    }
    return this.#ended;
  }

  // --- moving bytes -------------------------------------------------------------------------------

  /** Bytes read, 0 if fewer than `min` are there now, or kEnd. */
  read(target: Uint8Array, from: number, size: number, min: number): number {
    return this.#hasRead(this.#addon.channelRead(this.#readHandle(), target, from, size, min));
  }

  /** The same; if 0, the endpoint will be woken when looking again is worth it. */
  readOrArm(target: Uint8Array, from: number, size: number, min: number): number {
    const handle = this.#readHandle();
    return this.#hasRead(this.#addon.channelReadOrArm(handle, target, from, size, min));
  }

  /** The same; if 0, the thread has slept, for at most `timeoutMs`. */
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
   * The same; if fewer than `size`, the endpoint will be woken once there is space for the rest and for
   * `behind` bytes that queue behind it, or in half the ring.
   */
  writeOrArm(source: Uint8Array, from: number, size: number, behind: number): number {
    const handle = this.#writeHandle();
    return this.#hasWritten(this.#addon.channelWriteOrArm(handle, source, from, size, behind));
  }

  /** The same; if fewer than `size`, the thread has slept, for at most `timeoutMs`. */
  writeOrPark(source: Uint8Array, from: number, size: number, timeoutMs: number): number {
    const handle = this.#writeHandle();
    return this.#hasWritten(this.#addon.channelWriteOrPark(handle, source, from, size, timeoutMs));
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

  // --- the opposite end ---------------------------------------------------------------------------

  get peer(): Presence {
    return kPresences[this.#addon.channelPeer(this.#openHandle('wait'))] ?? 'died';
  }

  /** Has the opposite end ever been there? */
  get hasConnected(): boolean {
    if (!this.#hasConnected && this.#state === 'open' && this.peer !== 'absent') {
      this.#hasConnected = true;
      report('connect', { name: this.name, mode: this.mode });
    }
    return this.#hasConnected;
  }

  /** Writer: why nobody will ever read what is written, if so. */
  get readerLoss(): SmipcError | undefined {
    const { peer } = this;
    if (peer === 'closed') return this.failure(Status.PeerClosed, 'write');
    if (peer === 'died') return this.failure(Status.PeerDied, 'write');
    return undefined;
  }

  // --- waiting ------------------------------------------------------------------------------------

  /** Calls `listener` on each wake-up. A wake-up means: look; it may be nothing. */
  onWake(listener: () => void): void {
    this.#wakeListeners = [...this.#wakeListeners, listener];
  }

  offWake(listener: () => void): void {
    this.#wakeListeners = this.#wakeListeners.filter((one) => one !== listener);
  }

  wake(): void {
    if (this.#state !== 'open') return;
    for (const listener of this.#wakeListeners) {
      try {
        listener();
      } catch (error) {
        // Code of the user's threw in it. That must not cost the others their wake-up.
        throwLater(error);
      }
    }
  }

  /** After `expectation`, somebody's wait for this endpoint, has changed. */
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

  // --- leaving ------------------------------------------------------------------------------------

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
      this.#addon.channelLeave(this.#handle);
      this.#lastStatus = this.#takeStatus();
      this.#expectations.beginClosing();
      const { name, mode, position, ended } = this;
      report('close', { name, mode, position, ended });
    }
    return this.#whenClosed;
  }

  retired(): void {
    this.#state = 'closed';
    unregister(this.#id, this, this.#bellDirectory);
    this.#expectations.end();
    this.#resolveClosed();
  }

  /** As it is; after close(), as it was when this end left. */
  status(): ChannelStatus {
    const status = this.#lastStatus ?? this.#takeStatus();
    if (typeof status === 'number') throw this.failure(status, 'inspect');
    return status;
  }

  /** A native result code if there is none to be had. */
  #takeStatus(): ChannelStatus | number {
    const snapshot = new SnapshotBuffer();
    const result = this.#addon.channelStatus(this.#handle, snapshot.fields);
    return result === Status.Ok ? snapshot.toStatus(this.name, this.mode) : result;
  }

  failure(status: number, syscall: Syscall): SmipcError {
    const error = failure(status, { syscall, channel: this.name });
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
