/**
 * The only file that loads the native addon, and the declaration of its functions
 * (native/node/binding.cc). Other files call it through environment.ts, which initializes it.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { addonFailure } from './addon-failure.js';

declare const kHandle: unique symbol;

/** One channel that this environment has opened. */
export interface Handle {
  readonly [kHandle]: true;
}

/** Failure details: [errno, pid of the role's holder]. */
export type Details = Float64Array;

/**
 * A channel's state: capacity, framing, bytes written, bytes read, writer's presence, writer's pid,
 * reader's presence, reader's pid, 1 if it is resumable; then, for the writer's and the reader's
 * role, how often it was taken, and at which position the last time.
 */
export type SnapshotFields = Float64Array;

/**
 * Who has had the roles: the number of this end among the owners of its role, its position, the
 * position up to which messages were delivered before it came; the number of the peer among the
 * owners of its role, and the position at which the peer began.
 */
export type TenureFields = Float64Array;

/**
 * How often this end has waited and woken: polls hit, polls missed, parks, wake-ups sent, wake-ups
 * suppressed.
 */
export type CounterFields = Float64Array;

/**
 * The native addon. A number that a call returns is a count, or, if negative, a result code of
 * native/status.h. Calls that move bytes take a Uint8Array and a range in it.
 */
export interface Addon {
  /**
   * Calls `fn` outside every async context: what it makes sees no AsyncLocalStorage store, and
   * keeps none alive. Returns what `fn` returned.
   */
  callWithoutContext<T>(fn: () => T): T;
  /** What a copy of the JavaScript has given to initialize() in this environment; or undefined. */
  getShared(): object | undefined;
  /**
   * Called once per environment, before the functions below. Keeps `shared` for getShared().
   * `onWake` is called when takeWakes() has wake-ups.
   */
  initialize(
    shared: object,
    onWake: () => void,
    forceRoleLocks: boolean,
    forceWaitApart: boolean,
  ): void;

  /**
   * Creates the bell of this environment in a directory. The FIFO's descriptor, or a result code.
   */
  bellOpen(directory: string, permissions: number, mayMakeDirectory: boolean): number;
  /** Removes the bell's file; from now on peers wake open channels at their futexes. */
  bellClose(directory: string): void;

  channelOpen(
    id: number,
    directory: string,
    name: string,
    isWriter: boolean,
    create: number,
    capacity: number,
    framing: number,
    permissions: number,
    busyPollUs: number,
    isResumable: boolean,
    details: Details,
  ): Handle | number;
  channelStatus(handle: Handle, fields: SnapshotFields): number;
  channelCounters(handle: Handle, fields: CounterFields): void;
  /** Reader: the writer has ended, and every byte has been read. */
  channelHasEnded(handle: Handle): boolean;
  channelPeer(handle: Handle): number;
  channelTenures(handle: Handle, fields: TenureFields): void;
  /** Resumable: whether this end waits for a successor of its peer (it does at first). */
  channelAwaitNextPeer(handle: Handle, awaits: boolean): void;
  channelEnd(handle: Handle): void;
  channelLeave(handle: Handle): void;

  channelRead(handle: Handle, target: Uint8Array, from: number, size: number, min: number): number;
  /** 0: the doorbell is armed for `min` bytes; the channel's id will come with a wake-up. */
  channelReadOrArm(
    handle: Handle,
    target: Uint8Array,
    from: number,
    size: number,
    min: number,
  ): number;
  /** Reads like channelReadOrArm(), but the bytes stay in the ring until channelConsume(). */
  channelPeekOrArm(
    handle: Handle,
    target: Uint8Array,
    from: number,
    size: number,
    min: number,
  ): number;
  channelConsume(handle: Handle, size: number): void;
  /** Notes that the next `size` bytes were delivered, although they stay in the ring. */
  channelMarkDelivered(handle: Handle, size: number): void;
  /** 0: has slept, for at most `timeoutMs`; try again. */
  channelReadOrPark(
    handle: Handle,
    target: Uint8Array,
    from: number,
    size: number,
    min: number,
    timeoutMs: number,
  ): number;
  channelWrite(handle: Handle, source: Uint8Array, from: number, size: number): number;
  /** Fewer than `size`: the doorbell is armed for the space of the rest and of `behind` bytes. */
  channelWriteOrArm(
    handle: Handle,
    source: Uint8Array,
    from: number,
    size: number,
    behind: number,
  ): number;
  /** Fewer than `size`: has slept, for at most `timeoutMs`; try again. */
  channelWriteOrPark(
    handle: Handle,
    source: Uint8Array,
    from: number,
    size: number,
    timeoutMs: number,
  ): number;

  /** How many bytes can be read: at least `min`, or fewer if the writer has left; otherwise 0. */
  channelReadable(handle: Handle, min: number): number;
  channelReadableOrArm(handle: Handle, min: number): number;
  channelReadableOrPark(handle: Handle, min: number, timeoutMs: number): number;
  /** How much space is free: at least `size`, otherwise 0. */
  channelWritable(handle: Handle, size: number): number;
  channelWritableOrArm(handle: Handle, size: number): number;
  channelWritableOrPark(handle: Handle, size: number, timeoutMs: number): number;
  /** Milliseconds of the kernel's clock, which no test runner can replace. A system call. */
  monotonicMs(): number;
  /** Blocks the thread for at most `ms` by that clock; less than a second. */
  pause(ms: number): void;
  /** Whether JavaScript can use memory that V8 has not allocated, as channelLend() needs. */
  canLend(): boolean;
  /**
   * The next `size` bytes to read, or to write into; the calls above have checked that they are
   * there.
   */
  channelLend(handle: Handle, size: number): ArrayBuffer;
  /** Detaches what was lent, or any other buffer. Until then the ring is not unmapped. */
  channelTakeBack(handle: Handle, buffer: ArrayBuffer): void;
  /** The next `size` bytes of the space have been filled. */
  channelPublish(handle: Handle, size: number): void;

  /** 1: the reader has consumed everything. 0: a doorbell is armed. */
  channelDrainedOrArm(handle: Handle): number;

  inspect(
    directory: string,
    name: string,
    permissions: number,
    fields: SnapshotFields,
    details: Details,
  ): number;
  remove(
    directory: string,
    name: string,
    permissions: number,
    force: boolean,
    details: Details,
  ): number;
  /**
   * The memory limit for which channelOpen() has just failed with ENOMEM: its file, or '' if it was
   * not such a limit. `figures`: the limit and what is in use, in bytes.
   */
  memoryShortage(figures: Float64Array): string;
  roleWaitStart(
    id: number,
    directory: string,
    name: string,
    permissions: number,
    details: Details,
  ): number;
  roleWaitStop(id: number): void;

  /**
   * Stores the ids of channels and role waits that were woken, and, with kRetiredBit, of channels
   * that are unmapped now. Returns the number of ids; 0: there are no more.
   */
  takeWakes(ids: Uint32Array): number;
  /** Whether the wake-ups that may come keep the event loop alive. */
  holdLoop(isHeld: boolean): void;
  prepareForExit(): void;

  /**
   * What the system allows this process: open files, bytes of address space, bytes of a file,
   * threads of the user. Infinity: no limit.
   */
  limits(fields: Float64Array): void;
}

export const kRetiredBit = 0x8000_0000;

let loaded: Addon | undefined;

/** Loads the addon on first use, so that importing smipc never fails. */
export function loadAddon(): Addon {
  if (loaded === undefined) {
    // The folder of the package: this file is bundled into dist/.
    const root = join(import.meta.dirname, '..');
    try {
      // Finds the prebuilt addon of this platform, or the one that was built on installation.
      const load = createRequire(import.meta.url)('node-gyp-build') as (root: string) => Addon;
      loaded = load(root);
    } catch (cause) {
      throw addonFailure(cause, root);
    }
  }
  return loaded;
}
