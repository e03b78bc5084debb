/**
 * The only file that loads the native addon, and the one declaration of its surface
 * (native/node/binding.cc). Called through environment.ts, which prepares it.
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
 * reader's presence, reader's pid, 1 if it is resumable, and how often and where at last the writer's
 * and the reader's role were taken.
 */
export type SnapshotFields = Float64Array;

/**
 * Who has the roles: which owner of its role this end is, where it stands, up to where messages were
 * handed out before it came; which owner of its role the peer is or was, and where that one began.
 */
export type TenureFields = Float64Array;

/**
 * What this end has done to wait and to wake: polls hit, polls missed, parks, wake-ups rung, wake-ups
 * suppressed.
 */
export type CounterFields = Float64Array;

/**
 * The native addon. Numbers that a call returns are counts if not negative, else results of
 * native/status.h. Calls that move bytes take a Uint8Array and a range in it.
 */
export interface Addon {
  /**
   * Calls `fn` outside of every async context, whoever runs: what it makes sees no AsyncLocalStorage
   * store, and keeps none. Returns what `fn` returned.
   */
  callWithoutContext<T>(fn: () => T): T;
  /** What initialize() was given in this environment, by whichever copy of the JavaScript; or undefined. */
  getShared(): object | undefined;
  /**
   * Once per environment, before what follows. Keeps `shared` for getShared(). `onWake` is called when
   * takeWakes() has something.
   */
  initialize(
    shared: object,
    onWake: () => void,
    forceRoleLocks: boolean,
    forceWaitApart: boolean,
  ): void;

  /** Makes the bell of this environment in a directory: the FIFO's descriptor, or a status. */
  bellOpen(directory: string, permissions: number, mayMakeDirectory: boolean): number;
  /** Takes the bell's name away; open channels are rung at the futex from now on. */
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
  /** Resumable: whether a peer that left without an end is waited for (it is at first). */
  channelAwaitNextPeer(handle: Handle, awaits: boolean): void;
  channelEnd(handle: Handle): void;
  channelLeave(handle: Handle): void;

  channelRead(handle: Handle, target: Uint8Array, from: number, size: number, min: number): number;
  /** 0: a doorbell is armed for `min` bytes; the channel's id will be heard, or among the wakes. */
  channelReadOrArm(
    handle: Handle,
    target: Uint8Array,
    from: number,
    size: number,
    min: number,
  ): number;
  /** As channelReadOrArm, but the bytes stay in the ring until channelConsume(). */
  channelPeekOrArm(
    handle: Handle,
    target: Uint8Array,
    from: number,
    size: number,
    min: number,
  ): number;
  channelConsume(handle: Handle, size: number): void;
  /** The next `size` bytes are handed out while they stay in the ring. */
  channelMarkDelivered(handle: Handle, size: number): void;
  /** 0: has slept, at most so long; look again. */
  channelReadOrPark(
    handle: Handle,
    target: Uint8Array,
    from: number,
    size: number,
    min: number,
    timeoutMs: number,
  ): number;
  channelWrite(handle: Handle, source: Uint8Array, from: number, size: number): number;
  /** Fewer than `size`: a doorbell is armed for space, for `behind` bytes more than the rest. */
  channelWriteOrArm(
    handle: Handle,
    source: Uint8Array,
    from: number,
    size: number,
    behind: number,
  ): number;
  /** Fewer than `size`: has slept, at most so long; look again. */
  channelWriteOrPark(
    handle: Handle,
    source: Uint8Array,
    from: number,
    size: number,
    timeoutMs: number,
  ): number;

  /** How many bytes can be read, if at least `min`, or fewer if the writer has left. */
  channelReadable(handle: Handle, min: number): number;
  channelReadableOrArm(handle: Handle, min: number): number;
  channelReadableOrPark(handle: Handle, min: number, timeoutMs: number): number;
  /** How much space is free, if at least `size`. */
  channelWritable(handle: Handle, size: number): number;
  channelWritableOrArm(handle: Handle, size: number): number;
  channelWritableOrPark(handle: Handle, size: number, timeoutMs: number): number;
  /** Milliseconds of the kernel's clock, which nobody can replace or stop. A system call. */
  monotonicMs(): number;
  /** Blocks the thread so long by that clock, or less. Below a second. */
  pause(ms: number): void;
  /** Whether this runtime can show memory that is not its own: channelLend(). */
  canLend(): boolean;
  /** The next `size` bytes to read, or of the space to write, which the calls above have shown. */
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
   * The limit of memory for which channelOpen() has just failed with ENOMEM: its file, or '' if it was
   * none. `figures`: the limit and what is in use, in bytes.
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
   * Stores ids of channels and role waits to look at, and, with kRetiredBit, of channels that are
   * unmapped now. The number of ids; 0: that was all.
   */
  takeWakes(ids: Uint32Array): number;
  /** Whether wake-ups to come keep the event loop alive. */
  holdLoop(isHeld: boolean): void;
  prepareForExit(): void;

  /**
   * What the system allows this process: open files, bytes of address space, bytes of a file, threads of
   * the user. Infinity: no limit.
   */
  limits(fields: Float64Array): void;
}

export const kRetiredBit = 0x8000_0000;

let loaded: Addon | undefined;

/** Loads the addon on first use, so that importing smipc never fails. */
export function loadAddon(): Addon {
  if (loaded === undefined) {
    const root = join(import.meta.dirname, '..');
    try {
      // It finds the prebuilt addon of this platform, or the one that was built on installation.
      const load = createRequire(import.meta.url)('node-gyp-build') as (root: string) => Addon;
      loaded = load(root);
    } catch (cause) {
      throw addonFailure(cause, root);
    }
  }
  return loaded;
}
