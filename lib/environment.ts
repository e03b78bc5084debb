/**
 * What all channels of one JavaScript environment (the main thread, or a worker) share: the wake-ups
 * from the waiter's threads, what holds the event loop, and what happens at exit.
 */
import process from 'node:process';
import { type Addon, addon, kRetiredBit } from './addon.js';
import { Bells } from './bells.js';
import { FinalizationRegistry, throwLater, WeakRef } from './host.js';
import type { ChannelSettings } from './options.js';

/** Something that the waiter's threads can wake. */
export interface Wakeable {
  /** A doorbell rang, or the peer came, left or died. Look; it may be nothing. */
  wake(): void;
  /** The memory is unmapped; nothing will come any more. */
  retired(): void;
}

/** Lives as a property of the addon, so that copies of this module in one environment share it. */
interface State {
  lastId: number;
  /** Of all that were ever given. */
  highestId: number;
  /** Weak: a channel that nobody has a reference to and nobody waits for may be collected. */
  wakeables: Map<number, WeakRef<Wakeable>>;
  collected: FinalizationRegistry<Registration>;
  bells: Bells;
  holds: number;
  canLend: boolean;
}

interface Registration {
  id: number;
  /** Where it is rung, if at a bell. */
  directory: string | undefined;
}

const kState = Symbol('smipc.environment');

function stateOf(native: Addon & { [kState]?: State }): State {
  native[kState] ??= start(native);
  return native[kState];
}

function start(native: Addon): State {
  const fallbacks = (process.env.SMIPC_FALLBACK ?? '').split(',');
  const state: State = {
    lastId: 0,
    highestId: 0,
    wakeables: new Map(),
    collected: new FinalizationRegistry((registration) => drop(state, registration)),
    bells: new Bells(native, !fallbacks.includes('bells'), (tokens) => hear(state, tokens)),
    holds: 0,
    canLend: !fallbacks.includes('views') && native.canLend(),
  };
  native.initialize(
    () => takeWakes(native, state),
    fallbacks.includes('roles'),
    fallbacks.includes('waits'),
  );
  // process.exit() in the main thread runs no Node-API cleanup hook, in any runtime.
  process.once('exit', () => native.prepareForExit());
  return state;
}

// --- wake-ups ---------------------------------------------------------------------------------------

/** Filled and emptied within one call of takeWakes, which never runs within itself. */
const kWakes = new Uint32Array(64);

/** What the waiter's threads have to tell. */
function takeWakes(native: Addon, state: State): void {
  for (;;) {
    const count = native.takeWakes(kWakes);
    if (count === 0) return;
    for (let i = 0; i < count; i++) {
      const wake = kWakes[i] as number;
      const isRetired = wake >= kRetiredBit;
      const wakeable = state.wakeables.get(isRetired ? wake - kRetiredBit : wake)?.deref();
      if (wakeable !== undefined) deliver(wakeable, isRetired);
    }
  }
}

/** What peers have rung at a bell. */
function hear(state: State, tokens: Uint32Array | null): void {
  const isSound = tokens?.every((token) => token > 0 && token <= state.highestId) ?? false;
  if (!isSound) {
    // Somebody writes there who should not, and may have damaged what others wrote.
    for (const reference of [...state.wakeables.values()]) {
      const wakeable = reference.deref();
      if (wakeable !== undefined) deliver(wakeable, false);
    }
    return;
  }
  for (const token of tokens ?? []) {
    const wakeable = state.wakeables.get(token)?.deref();
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
export function native(): Addon {
  const loaded = addon();
  stateOf(loaded);
  return loaded;
}

/** For time limits that must hold whatever has become of the clocks of JavaScript. Milliseconds. */
export function monotonicMs(): number {
  return addon().monotonicMs();
}

/** Blocks the thread so long by that clock, or less. (Atomics.wait() goes by one that may stand still.) */
export function pause(ms: number): void {
  addon().pause(ms);
}

/** Whether the ring itself can be shown to JavaScript (not in Electron, for one). */
export function canLend(): boolean {
  return stateOf(addon()).canLend;
}

/** An id for wake-ups, of nobody else's in this environment. */
export function newId(): number {
  const state = stateOf(addon());
  do {
    // Ids have 31 bits, and come round again.
    state.lastId = (state.lastId + 1) % kRetiredBit || 1;
  } while (state.wakeables.has(state.lastId));
  state.highestId = Math.max(state.highestId, state.lastId);
  return state.lastId;
}

/**
 * From now on wake-ups of this id reach `wakeable`, as long as somebody else holds on to it.
 * `directory`: it counts as a user of the bell there, see acquireBell.
 */
export function register(id: number, wakeable: Wakeable, directory?: string): void {
  const { wakeables, collected } = stateOf(addon());
  wakeables.set(id, new WeakRef(wakeable));
  collected.register(wakeable, { id, directory }, wakeable);
}

export function unregister(id: number, wakeable: Wakeable, directory?: string): void {
  const state = stateOf(addon());
  state.collected.unregister(wakeable);
  drop(state, { id, directory });
}

function drop(state: State, { id, directory }: Registration): void {
  state.wakeables.delete(id);
  if (directory !== undefined) state.bells.release(directory);
}

// --- bells ------------------------------------------------------------------------------------------

/** See Bells.acquire. */
export function acquireBell(settings: ChannelSettings): boolean {
  return stateOf(addon()).bells.acquire(settings);
}

/** For a channel that was not opened after all. */
export function releaseBell(directory: string): void {
  stateOf(addon()).bells.release(directory);
}

// --- the event loop ---------------------------------------------------------------------------------

/** One more, or one fewer, reason to keep the event loop alive. */
export function holdLoop(change: 1 | -1): void {
  const loaded = addon();
  const state = stateOf(loaded);
  const wasHeld = state.holds > 0;
  state.holds += change;
  const isHeld = state.holds > 0;
  if (isHeld !== wasHeld) loaded.holdLoop(isHeld);
}
