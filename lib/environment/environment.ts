/**
 * What all channels of one JavaScript environment (the main thread, or a worker) share: the wake-ups
 * from the waiter's threads, what holds the event loop, and what happens at exit.
 */
import { AsyncResource } from 'node:async_hooks';
import process from 'node:process';
import { FinalizationRegistry, throwLater, WeakRef } from '../host/host.js';
import type { ChannelSettings } from '../options/options.js';
import { type Addon, kRetiredBit, loadAddon } from './addon.js';
import { Bells, type BellTable } from './bells.js';

/** Something that the waiter's threads can wake. */
export interface Wakeable {
  /** A doorbell rang, or the peer came, left or died. Look; it may be nothing. */
  wake(): void;
  /** The memory is unmapped; nothing will come any more. */
  retired(): void;
}

/**
 * What an environment has once. The addon keeps it, because this module may be evaluated more than once
 * in an environment: reset module registries, hot reload, two bundles. Each copy calls its own
 * functions on it; only what Node calls (wake-ups, the exit) stays with the copy that came first.
 */
interface Shared {
  lastId: number;
  /** Of all that were ever given. */
  highestId: number;
  /** Weak: a channel that nobody has a reference to and nobody waits for may be collected. */
  wakeables: Map<number, WeakRef<Wakeable>>;
  collected: FinalizationRegistry<Registration>;
  /** What must not be collected, although only the waiter's threads know of it. */
  awaited: Set<object>;
  bells: BellTable;
  holds: number;
  canLend: boolean;
  /** The context of nobody, for what serves all channels: it must not keep a store alive. */
  outside: AsyncResource;
}

interface Registration {
  id: number;
  /** Where it is rung, if at a bell. */
  directory: string | undefined;
}

/** This copy's way to what all share. */
interface Access {
  addon: Addon;
  shared: Shared;
  bells: Bells;
}

let access: Access | undefined;

function environment(): Access {
  access ??= join(loadAddon());
  return access;
}

function join(loaded: Addon): Access {
  const found = loaded.getShared() as Shared | undefined;
  const shared = found ?? loaded.callWithoutContext(() => start(loaded));
  const bells = new Bells(loaded, shared.bells, shared.outside, (tokens) =>
    wakeByTokens(shared, tokens),
  );
  return { addon: loaded, shared, bells };
}

/** To be called without a context: what is made here belongs to no channel. */
function start(loaded: Addon): Shared {
  const fallbacks = (process.env.SMIPC_FALLBACK ?? '').split(',');
  const shared: Shared = {
    lastId: 0,
    highestId: 0,
    wakeables: new Map(),
    collected: new FinalizationRegistry(({ id, directory }) => drop(id, directory)),
    awaited: new Set(),
    bells: { mayUse: !fallbacks.includes('bells'), byDirectory: new Map() },
    holds: 0,
    canLend: !fallbacks.includes('views') && loaded.canLend(),
    outside: new AsyncResource('SMIPC_ENVIRONMENT'),
  };
  loaded.initialize(
    shared,
    () => takeWakes(loaded, shared),
    fallbacks.includes('roles'),
    fallbacks.includes('waits'),
  );
  // process.exit() in the main thread runs no Node-API cleanup hook, in any runtime.
  process.once('exit', () => loaded.prepareForExit());
  return shared;
}

// --- wake-ups ---------------------------------------------------------------------------------------

/** Filled and emptied within one call of takeWakes, which never runs within itself. */
const kWakes = new Uint32Array(64);

/** What the waiter's threads have to tell. */
function takeWakes(loaded: Addon, shared: Shared): void {
  for (;;) {
    const count = loaded.takeWakes(kWakes);
    if (count === 0) return;
    for (let i = 0; i < count; i++) {
      const wake = kWakes[i] as number;
      const isRetired = wake >= kRetiredBit;
      const wakeable = shared.wakeables.get(isRetired ? wake - kRetiredBit : wake)?.deref();
      if (wakeable !== undefined) deliver(wakeable, isRetired);
    }
  }
}

/** What peers have rung at a bell. */
function wakeByTokens(shared: Shared, tokens: Uint32Array | null): void {
  const isSound = tokens?.every((token) => token > 0 && token <= shared.highestId) ?? false;
  if (!isSound) {
    // Somebody writes there who should not, and may have damaged what others wrote.
    for (const reference of [...shared.wakeables.values()]) {
      const wakeable = reference.deref();
      if (wakeable !== undefined) deliver(wakeable, false);
    }
    return;
  }
  for (const token of tokens ?? []) {
    const wakeable = shared.wakeables.get(token)?.deref();
    if (wakeable !== undefined) deliver(wakeable, false);
  }
}

function deliver(wakeable: Wakeable, isRetired: boolean): void {
  try {
    if (isRetired) wakeable.retired();
    else wakeable.wake();
  } catch (error) {
    // That must not cost the other channels their wake-ups.
    throwLater(error);
  }
}

/** The addon, ready for use in this environment. */
export function readyAddon(): Addon {
  return environment().addon;
}

/** For time limits that must hold whatever has become of the clocks of JavaScript. Milliseconds. */
export function monotonicMs(): number {
  return loadAddon().monotonicMs();
}

/** Blocks the thread so long by that clock, or less. (Atomics.wait() goes by one that may stand still.) */
export function pause(ms: number): void {
  loadAddon().pause(ms);
}

/** Whether the ring itself can be shown to JavaScript (not in Electron, for one). */
export function canLend(): boolean {
  return environment().shared.canLend;
}

/** An id for wake-ups, of nobody else's in this environment. */
export function newId(): number {
  const { shared } = environment();
  do {
    // Ids have 31 bits, and come round again.
    shared.lastId = (shared.lastId + 1) % kRetiredBit || 1;
  } while (shared.wakeables.has(shared.lastId));
  shared.highestId = Math.max(shared.highestId, shared.lastId);
  return shared.lastId;
}

/**
 * From now on wake-ups of this id reach `wakeable`, as long as somebody else holds on to it.
 * `directory`: it counts as a user of the bell there, see acquireBell.
 */
export function register(id: number, wakeable: Wakeable, directory?: string): void {
  const { wakeables, collected } = environment().shared;
  wakeables.set(id, new WeakRef(wakeable));
  collected.register(wakeable, { id, directory }, wakeable);
}

export function unregister(id: number, wakeable: Wakeable, directory?: string): void {
  const { shared } = environment();
  shared.collected.unregister(wakeable);
  drop(id, directory);
}

function drop(id: number, directory: string | undefined): void {
  const { shared, bells } = environment();
  shared.wakeables.delete(id);
  if (directory !== undefined) bells.release(directory);
}

// --- bells ------------------------------------------------------------------------------------------

/** See Bells.acquire. */
export function acquireBell(settings: ChannelSettings): boolean {
  return environment().bells.acquire(settings);
}

/** For a channel that was not opened after all. */
export function releaseBell(directory: string): void {
  environment().bells.release(directory);
}

// --- life -------------------------------------------------------------------------------------------

/** Whether `owner` is kept from being collected. */
export function setAwaited(owner: object, isAwaited: boolean): void {
  const { awaited } = environment().shared;
  if (isAwaited) awaited.add(owner);
  else awaited.delete(owner);
}

/** One more, or one fewer, reason to keep the event loop alive. */
export function holdLoop(change: 1 | -1): void {
  const { addon: loaded, shared } = environment();
  const wasHeld = shared.holds > 0;
  shared.holds += change;
  const isHeld = shared.holds > 0;
  if (isHeld !== wasHeld) loaded.holdLoop(isHeld);
}
